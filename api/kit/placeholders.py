"""Placeholders taken for values: what tools print, and templates hold, in place of a value."""

import re
from typing import cast
from urllib.parse import urlsplit

from pydantic import SecretStr

# A whole value: `<sensitive>`, `(known after apply)`, `***`, `${NAME}`, `$NAME`, `$(command)`, `{{ name }}`,
# `[REDACTED]`, `op://vault/item`, a word that says that there is none, and a value still in its quotation marks.
_WHOLE = re.compile(
    r"<.*>|\([^()]*\)|\*+|\$\{.*\}|\$\w+|\$\(.*\)|\{\{.*\}\}|\[.*\]|op://.*"
    r"|(null|none|todo|tbd|redacted|(changeme[-_ ]?)+)|\"[^\"]*\"|'[^']*'",
    re.IGNORECASE | re.DOTALL,
)


def is_placeholder(value: str) -> bool:
    """Return whether ``value``, or the user, the password or the host of a store's URI, is a placeholder."""
    text = value.strip()
    return any(_WHOLE.fullmatch(part) for part in (text, *_parts(text)))


def placeholders(values: dict[str, object]) -> list[str]:
    """Return the names of those of ``values`` that are placeholders."""
    return [name for name, value in values.items() if any(is_placeholder(text) for text in _texts(value))]


def _parts(uri: str) -> list[str]:
    try:
        authority = urlsplit(uri).netloc
    except ValueError:
        return []
    credentials, _, host = authority.rpartition("@")
    return [part for part in (*credentials.split(":", 1), host.partition(":")[0]) if part]


def _texts(value: object) -> list[str]:
    parts = cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,)
    revealed = [part.get_secret_value() if isinstance(part, SecretStr) else part for part in parts]
    return [part for part in revealed if isinstance(part, str)]
