"""HTML of the pages: templates, which an operator may override block by block, and what belongs to all of them."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined, TemplateError, meta

from api.errors import ConfigurationError
from api.kit.sealing import Sealer
from api.pages.texts import Languages

_HERE = Path(__file__).parent
_TEMPLATES = _HERE / "templates"
STATIC = _HERE / "static"
# An operator's, in PAGES_DIRECTORY; the logo has one of these names.
THEME, LOGOS = "theme.css", ("logo.svg", "logo.png")


@dataclass(frozen=True)
class Pages:
    """What the settings say about the pages.

    ``providers`` are names of identity providers of the pool; ``return_origins`` are the origins, beside this one, to
    which a sign-in may lead; ``typed`` seals what was typed before one (``api.pages.typed``).
    """

    product: str
    directory: Path | None
    providers: tuple[str, ...]
    return_origins: frozenset[str]
    passwordless: bool
    admin_group: str | None
    profile_attributes: tuple[str, ...]
    typed: Sealer

    def __post_init__(self) -> None:
        """Raise ``ConfigurationError`` where the directory, or a file in it, cannot be used."""
        if self.directory and not self.directory.is_dir():
            message = f"PAGES_DIRECTORY: {str(self.directory)!r} is not a directory."
            raise ConfigurationError(message)
        _ = self.languages
        for file in (self.directory / "templates").glob("*.html") if self.directory else ():
            try:
                source = file.read_text(encoding="utf-8")
                for name in meta.find_referenced_templates(self.environment.parse(source)):
                    self.environment.get_template(name or "")
                self.environment.get_template(file.name)
            except (TemplateError, UnicodeDecodeError) as error:
                message = f"PAGES_DIRECTORY: {str(file)!r} is no template: {error}."
                raise ConfigurationError(message) from None

    @cached_property
    def languages(self) -> Languages:
        """The languages."""
        return Languages(self.directory / "languages" if self.directory else None)

    @cached_property
    def environment(self) -> Environment:
        """The templates: the operator's, then ours, which are also at ``default/``, to extend them."""
        ours = FileSystemLoader(_TEMPLATES)
        own = [FileSystemLoader(self.directory / "templates")] if self.directory else []
        return Environment(
            loader=ChoiceLoader([*own, ours, PrefixLoader({"default": ours})]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )

    @cached_property
    def files(self) -> dict[str, Path]:
        """The files that pages load, by name."""
        found = {file.name: file for file in STATIC.iterdir() if file.is_file()}
        own = [self.directory / name for name in (THEME, *LOGOS)] if self.directory else []
        return found | {file.name: file for file in own if file.is_file()}

    @cached_property
    def version(self) -> str:
        """A part of the files' addresses, so that browsers may keep them."""
        parts = [name.encode() + file.read_bytes() for name, file in sorted(self.files.items())]
        return hashlib.sha256(b"".join(parts)).hexdigest()[:12]

    @cached_property
    def policy(self) -> str:
        """The Content-Security-Policy. form-action governs redirects after a form, too."""
        targets = " ".join(["'self'", *sorted(self.return_origins)])
        return (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
            f"base-uri 'none'; frame-ancestors 'none'; form-action {targets}; "
            "require-trusted-types-for 'script'; trusted-types 'none'"
        )

    def render(self, template: str, context: dict[str, Any]) -> str:
        """Return a page."""
        return self.environment.get_template(template).render(context)
