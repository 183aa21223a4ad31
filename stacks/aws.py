"""Lazy imports of the AWS provider bindings; no other module imports them, which eases a move to CDK Terrain.

``import cdktf_cdktf_provider_aws`` runs an ``__init__`` that imports over two thousand submodules, which takes ten
seconds. This module instead puts the bare package (with ``__path__`` and ``__spec__``, but its body not run) into
``sys.modules``, so that importing a submodule loads only that one. Each submodule is imported when a construct first
uses it; most stacks use four. This depends on the layout of the bindings; ``tests/snapshot/test_lean_import.py``
compares the output with and without it. ``aws.pyi`` lists the classes in use, for type checkers.
"""

import sys
from functools import cache
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

_PACKAGE = "cdktf_cdktf_provider_aws" if find_spec("cdktf_cdktf_provider_aws") else "cdktn_provider_aws"


def _place_bare_package(name: str) -> None:
    if name in sys.modules:
        return
    spec = find_spec(name)
    if spec is None:
        message = f"The package {name} is not installed; run `make setup`."
        raise ModuleNotFoundError(message, name=name)
    bare = module_from_spec(spec)
    # For others who import the package: its attributes are its submodules.
    bare.__dict__["__getattr__"] = _submodule
    sys.modules[name] = bare


def _submodule(name: str) -> ModuleType:
    if name.startswith("__") or find_spec(f"{_PACKAGE}.{name}") is None:
        raise AttributeError(name)
    return import_module(f"{_PACKAGE}.{name}")


_place_bare_package(_PACKAGE)


@cache
def _modules() -> dict[str, str]:
    """Return the submodules of the bindings, by the camel-case prefix of their classes."""
    names = [module.name for module in iter_modules(sys.modules[_PACKAGE].__path__)]
    return {name.title().replace("_", ""): name for name in names} | {"AwsProvider": "provider"}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a class of the bindings
    """Return a class of the bindings, and import its submodule on first use."""
    # A class is in the submodule with the longest name that begins the name of the class, or in a shorter one:
    # Wafv2WebAclRule is a part of wafv2_web_acl, and newer bindings have a resource wafv2_web_acl_rule, too.
    homes = sorted((prefix for prefix in _modules() if name.startswith(prefix)), key=len, reverse=True)
    for home in homes:
        module = import_module(f"{_PACKAGE}.{_modules()[home]}")
        if name in vars(module):
            globals()[name] = vars(module)[name]
            return globals()[name]
    raise AttributeError(name)
