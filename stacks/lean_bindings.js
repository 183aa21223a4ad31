// Node loads this before jsii (stacks/__init__.py). The bindings' index requires over two thousand modules at once, which
// is most of a synthesis; here each is required when a construct first asks for it. A layout that does not match is left
// as it is, and tests/snapshot/test_lean_import.py says so.
"use strict";

const Module = require("node:module");

const INDEX = /[\\/]provider-aws[\\/]lib[\\/]index\.js$/;
const EXPORT = /^exports\.(\w+) = (require\("\.\/[\w-]+"\));$/gm;
const LAZY = 'Object.defineProperty(exports, "$1", { configurable: true, enumerable: true, get: () => $2 });';

const compile = Module.prototype._compile;
Module.prototype._compile = function (content, filename, ...rest) {
  return compile.call(this, INDEX.test(filename) ? content.replace(EXPORT, LAZY) : content, filename, ...rest);
};
