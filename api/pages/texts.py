"""Languages: one TOML file of texts by message id for each; what a file lacks is shown in English."""

import re
import string
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from starlette.requests import HTTPConnection

from api.errors import ConfigurationError
from api.web.client_metadata import languages_of

COOKIE = "__Host-language"
_OWN = Path(__file__).with_name("languages")
_NUMBER = re.compile(r"\d+")
_NEEDS = "The password needs "
_SYMBOL = "a symbol out of "


class Texts:
    """The texts of one language."""

    def __init__(self, language: str, texts: Mapping[str, str], english: "Texts | None" = None) -> None:
        """Look in ``texts``, then in ``english``."""
        self.language = language
        self._texts = texts
        self._english = english

    def get(self, identifier: str) -> str | None:
        """Return a text, or ``None`` where there is none."""
        return self._texts.get(identifier) or (self._english.get(identifier) if self._english else None)

    def __call__(self, identifier: str, **values: object) -> str:
        """Return a text with its values; raise ``KeyError`` for an unknown id."""
        text = self.get(identifier)
        if text is None:
            raise KeyError(identifier)
        return text.format(**values) if values else text

    def sentence(self, english: str) -> str:
        """Return a sentence of the API in this language.

        One without a translation becomes "This value is not allowed.", so that no page mixes languages.
        """
        return self.translated(english) or self("field.not-allowed")

    def translated(self, english: str) -> str | None:
        """Return a sentence of the API, or ``None`` without a translation; numbers in it are ``#`` in the file."""
        if self._english is None:
            return english
        if english.startswith(_NEEDS):
            begin = self._texts.get(f"sentences.{_NEEDS.strip()}")
            needs = [self.translated(part) for part in english[len(_NEEDS) : -1].split("; ")]
            return f"{begin} {'; '.join(filter(None, needs))}." if begin and all(needs) else None
        if english.startswith(_SYMBOL):
            # What follows are the symbols, the semicolon among them.
            begin = self._texts.get(f"sentences.{_SYMBOL.strip()}")
            return f"{begin} {english.removeprefix(_SYMBOL)}" if begin else None
        numbers = _NUMBER.findall(english)
        known = self._texts.get(f"sentences.{_NUMBER.sub('#', english)}")
        return re.sub("#", lambda _: numbers.pop(0) if numbers else "", known) if known else None


class Languages:
    """All languages; ``own`` is the operator's directory, with texts in place of ours."""

    def __init__(self, own: Path | None) -> None:
        """Read every file; raise ``ConfigurationError`` for one that is not TOML."""
        paths = [*sorted(_OWN.glob("*.toml")), *(sorted(own.glob("*.toml")) if own else [])]
        files = {path: _read(path) for path in paths}
        ours = Texts("en", files[_OWN / "en.toml"])
        found: dict[str, dict[str, str]] = {}
        for file, texts in files.items():
            _require_same_values(file, texts, ours)
            found.setdefault(file.stem, {}).update(texts)
        english = Texts("en", found.pop("en"))
        others = {name.lower(): Texts(name, texts, english) for name, texts in found.items()}
        self.all: dict[str, Texts] = {"en": english, **others}

    def choose(self, connection: HTTPConnection) -> Texts:
        """Return the language that the URL, the cookie or the browser asks for; else English."""
        asked = (connection.query_params.get("lang"), connection.cookies.get(COOKIE))
        accepted = languages_of(connection.headers.get("accept-language", ""))
        for wanted in (*filter(None, asked), *accepted):
            if found := self.all.get(wanted.lower()) or self.all.get(wanted.lower().partition("-")[0]):
                return found
        return self.all["en"]


def _flat(group: dict[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for name, text in group.items():
        if isinstance(text, dict):
            yield from _flat(text, f"{prefix}{name}.")  # pyright: ignore[reportUnknownArgumentType] - TOML of any type
        else:
            yield f"{prefix}{name}", str(text)


def _require_same_values(file: Path, texts: Mapping[str, str], english: Texts) -> None:
    for name, text in texts.items():
        if name.startswith("sentences."):
            continue
        known = english.get(name)
        if known is None or not _values(text) <= _values(known):
            wanted = "is no id" if known is None else f"has other values than {sorted(_values(known))}"
            message = f"PAGES_DIRECTORY: {file}: {name} {wanted}."
            raise ConfigurationError(message)


def _values(text: str) -> set[str]:
    try:
        return {value for _, value, _, _ in string.Formatter().parse(text) if value is not None}
    except ValueError:
        # A single brace; no text of ours has it.
        return {text}


def _read(file: Path) -> dict[str, str]:
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
        return dict(_flat(document, ""))
    except (OSError, ValueError) as error:
        message = f"PAGES_DIRECTORY: {str(file)!r} is no file of texts: {error}."
        raise ConfigurationError(message) from None
