// Node loads this file before jsii (stacks/__init__.py). The index of the bindings requires over two thousand modules
// at once, which takes most of the synthesis time; with this file each module is required on first use. If the layout
// of the bindings does not match, the index stays unchanged and tests/snapshot/test_lean_import.py fails.
"use strict";

const Module = require("node:module");

const INDEX = /[\\/]provider-aws[\\/]lib[\\/]index\.js$/;
const EXPORT = /^exports\.(\w+) = (require\("\.\/[\w-]+"\));$/gm;
const LAZY = 'Object.defineProperty(exports, "$1", { configurable: true, enumerable: true, get: () => $2 });';

const compile = Module.prototype._compile;
Module.prototype._compile = function (content, filename, ...rest) {
  return compile.call(this, INDEX.test(filename) ? content.replace(EXPORT, LAZY) : content, filename, ...rest);
};
