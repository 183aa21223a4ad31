"""Placeholders taken for values: what tools print, and templates hold, in place of a value."""

import re
from typing import cast

from pydantic import SecretStr

# A whole value: `<sensitive>`, `(known after apply)`, `***`, `${NAME}`, `$(command)`, `{{ name }}`, `[REDACTED]`,
# `op://vault/item`, a word that says that there is none, and a value still in its quotation marks.
_WHOLE = re.compile(
    r"<.*>|\(.*\)|\*+|\$\{.*\}|\$\(.*\)|\{\{.*\}\}|\[.*\]|op://.*|(null|none|todo|tbd|redacted|(changeme)+)"
    r"|\"[^\"]*\"|'[^']*'",
    re.IGNORECASE | re.DOTALL,
)
# A part of a URI, such as the password.
_PART = re.compile(r"<[^>]*>|\*{3}|\$\{|\$\(|\{\{")


def is_placeholder(value: str, *, is_uri: bool = False) -> bool:
    """Return whether ``value`` is a placeholder or, for a URI, contains one."""
    text = value.strip()
    return bool(_PART.search(text) if is_uri else _WHOLE.fullmatch(text))


def placeholders(values: dict[str, object]) -> list[str]:
    """Return the names of those of ``values`` that are placeholders; a store's URI, if it contains one."""
    return [
        name
        for name, value in values.items()
        if any(is_placeholder(text, is_uri="://" in text and not text.startswith("op:")) for text in _texts(value))
    ]


def _texts(value: object) -> list[str]:
    parts = cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,)
    revealed = [part.get_secret_value() if isinstance(part, SecretStr) else part for part in parts]
    return [part for part in revealed if isinstance(part, str)]
