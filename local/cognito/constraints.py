"""Constraints of botocore's model that botocore's validator does not check: enums, maxima and patterns."""

import re
from collections.abc import Iterator
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape


def first_unmet(value: Any, shape: Shape, path: str = "") -> str | None:  # noqa: ANN401 - JSON of any type
    """Return the first constraint that ``value`` violates, without the value itself, or None."""
    reason = _unmet(value, shape)
    if reason:
        return f"'{path}' failed to satisfy constraint: {reason}"
    return next(
        (found for part, inner, name in _parts(value, shape) if (found := first_unmet(part, inner, name))), None
    )


def _parts(value: Any, shape: Shape) -> Iterator[tuple[Any, Shape, str]]:  # noqa: ANN401 - JSON of any type
    if isinstance(shape, StructureShape) and not getattr(shape, "is_document_type", False):
        yield from ((value[name], member, name) for name, member in shape.members.items() if name in value)
    elif isinstance(shape, ListShape):
        yield from ((item, shape.member, shape.member.name) for item in value)
    elif isinstance(shape, MapShape):
        yield from ((item, shape.value, str(key)) for key, item in value.items())


def _unmet(value: Any, shape: Shape) -> str | None:  # noqa: ANN401 - JSON of any type
    if isinstance(shape, StringShape) and shape.enum and value not in shape.enum:
        return f"Member must satisfy enum value set: {shape.enum}"
    largest = shape.metadata.get("max")
    size: int = value if isinstance(value, int) else len(value) if hasattr(value, "__len__") else 0
    if largest is not None and size > largest:
        return f"Member must have length or value less than or equal to {largest}"
    pattern = shape.metadata.get("pattern")
    # Patterns with Java's ``\p`` character classes do not compile in Python, so they are not checked.
    if isinstance(value, str) and pattern and "\\p" not in pattern and not re.search(pattern, value):
        return "Member must satisfy regular expression pattern"
    return None
