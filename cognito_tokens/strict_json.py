"""Strict JSON parser (RFC 8259): rejects texts that other parsers could interpret differently."""

import json
from typing import Any, NoReturn, TypeGuard

MAX_DEPTH = 32
_LARGEST_NUMBER = 2**53
_MOST_DIGITS = len(str(_LARGEST_NUMBER))
_TOO_DEEP = f"JSON nested deeper than {MAX_DEPTH} levels"


def loads(data: bytes) -> Any:  # noqa: ANN401 - JSON of any type
    """Parse ``data`` strictly.

    Raises ``ValueError`` for data that is not UTF-8, not JSON, nested deeper than 32 levels, or contains a duplicate
    key, NaN, Infinity, a number beyond 2**53 (RFC 8259, section 6) or a lone surrogate. The message never quotes the
    text.
    """
    try:
        text = data.decode()
        value = _DECODER.decode(text)
    except UnicodeDecodeError:
        message = "not UTF-8"
        raise ValueError(message) from None
    except json.JSONDecodeError as error:
        message = f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        raise ValueError(message) from None
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    if "\\u" in text or text.count("[") + text.count("{") > MAX_DEPTH:
        _check(value, MAX_DEPTH)
    return value


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Return whether a parsed value is a JSON object."""
    return isinstance(value, dict)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        message = "duplicate key in a JSON object"
        raise ValueError(message)
    return members


def _no_constant(name: str) -> NoReturn:
    message = f"{name} is not JSON"
    raise ValueError(message)


def _integer(text: str) -> int:
    # Fewer digits are always within the limit. More digits, apart from a sign, exceed it and are slow to convert.
    if len(text) < _MOST_DIGITS:
        return int(text)
    return int(_bounded(int(text) if len(text) <= _MOST_DIGITS + 1 else _LARGEST_NUMBER + 1))


def _float(text: str) -> float:
    return _bounded(float(text))


def _bounded(value: float) -> float:
    if abs(value) > _LARGEST_NUMBER:
        message = "a number beyond 2**53"
        raise ValueError(message)
    return value


# Created once: json.loads with these arguments would create a decoder for each text.
_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_integer, parse_float=_float
)


def _check(value: object, depth: int) -> None:
    if depth == 0 and isinstance(value, list | dict):
        raise ValueError(_TOO_DEEP)
    match value:
        case str():
            _check_text(value)
        case list():
            for item in value:  # pyright: ignore[reportUnknownVariableType] - JSON of any type
                _check(item, depth - 1)  # pyright: ignore[reportUnknownArgumentType] - JSON of any type
        case dict():
            for key, item in value.items():  # pyright: ignore[reportUnknownVariableType] - JSON of any type
                _check_text(key)  # pyright: ignore[reportUnknownArgumentType] - JSON keys are strings
                _check(item, depth - 1)  # pyright: ignore[reportUnknownArgumentType] - JSON of any type
        case _:
            pass


def _check_text(text: str) -> None:
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        message = "lone surrogate in a JSON string"
        raise ValueError(message)
