"""Sentences for people about fields that pydantic refuses, in place of its own words, which are for programmers."""

from typing import Any

_TEXTS = {
    "bool_type": "It must be true or false.",
    "dict_type": "It must be an object.",
    "extra_forbidden": "This field is not known here.",
    "greater_than_equal": "It must be {ge} or more.",
    "int_parsing": "It must be a whole number.",
    "int_type": "It must be a whole number.",
    "less_than_equal": "It must be {le} or less.",
    "literal_error": "It must be {expected}.",
    "missing": "This field is required.",
    "model_attributes_type": "It must be an object.",
    "model_type": "It must be an object.",
    "string_too_long": "It must have at most {max_length} characters.",
    "string_too_short": "It must have at least {min_length} characters.",
    "string_type": "It must be a string.",
    "too_long": "It must have at most {max_length} {unit}.",
    "too_short": "It must have at least {min_length} {unit}.",
    "union_tag_invalid": "It must be one of {expected_tags}.",
    "union_tag_not_found": "This field is required.",
    "value_error": "{error}",
}


def text_of(row: dict[str, Any]) -> str:
    """Return the sentence for an error of pydantic; it never contains the value."""
    context = row.get("ctx", {})
    if context.get("min_length") == 1:
        return _TEXTS["missing"]
    # A secret's length is that of a "Value".
    unit = "entries" if context.get("field_type") == "Dictionary" else "characters"
    return _TEXTS.get(row["type"], "This value is not allowed.").format(**context, unit=unit)
