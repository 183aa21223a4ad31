"""A hook of mkdocs: the README is the first page, and links to files outside ``docs`` become their paths."""

import re
from os.path import relpath
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)#\s]+)(#[^)\s]*)?\)")


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:  # noqa: ANN401 - mkdocs passes more
    """Return the text of a page; raise ``FileNotFoundError`` for a link to a file that does not exist."""
    shown = Path(page.file.abs_src_path)
    source = ROOT / "README.md" if shown == DOCS / "index.md" else shown
    if source != shown:
        markdown = source.read_text(encoding="utf-8").replace("](docs/images/", "](images/")

    def linked(match: re.Match[str]) -> str:
        text, address, anchor = match.groups()
        if ":" in address:
            return match[0]
        target = (source.parent / address).resolve()
        if not target.exists():
            message = f"{source}: the link to {address} leads nowhere"
            raise FileNotFoundError(message)
        if target.is_relative_to(DOCS) and target.suffix == ".md":
            return f"[{text}]({relpath(target, shown.parent)}{anchor or ''})"
        return f"{text} (`{target.relative_to(ROOT)}`)"

    return _LINK.sub(linked, markdown)
