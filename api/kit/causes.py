"""Failures of stores as text for logs and readiness, without anything that a server wrote."""

from typing import cast


def store_cause(error: BaseException | None) -> str:
    """Return the class of an error, with the code of one of AWS or Redis (``ReadOnlyError: READONLY``)."""
    name = type(error).__name__
    # Of botocore's ClientError; importing botocore would cost each process 28 MB.
    response = cast("dict[str, dict[str, str]]", getattr(error, "response", None) or {})
    code = response.get("Error", {}).get("Code", "")
    word = str(error).partition(" ")[0]
    is_of_redis = not code and word.isalpha() and word.isupper() and len(word) > 1
    found = word if is_of_redis else code
    return f"{name}: {found}" if found.isalnum() else name
