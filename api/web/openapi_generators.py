"""The OpenAPI document in the form that generators of clients understand."""

from typing import Any


def suit_generators(openapi: dict[str, Any]) -> None:
    """Change the document in place: say by ``required`` alone which bodies and members may be absent."""
    _name_optional_bodies(openapi)
    _name_optional_members(openapi)


def _name_optional_bodies(openapi: dict[str, Any]) -> None:
    """Remove the null type of optional bodies, which breaks generated clients."""
    for path in openapi["paths"].values():
        for operation in path.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                rows = [row for row in content["schema"].get("anyOf", []) if row != {"type": "null"}]
                content["schema"] = rows[0] if len(rows) == 1 else content["schema"]


def _name_optional_members(openapi: dict[str, Any]) -> None:
    """Remove defaults: generators disagree whether a member with one is required (openapi-typescript#2012).

    In a response such a member is always there; of a request, which has no further members, it may be absent.
    """
    for schema in openapi["components"]["schemas"].values():
        is_request = schema.get("additionalProperties") is False
        for name, member in schema.get("properties", {}).items():
            if "default" not in member:
                continue
            default = member.pop("default")
            if default is not None and is_request:
                member["description"] = f"{member.get('description', '')} Default: {str(default).lower()}.".strip()
            elif default is not None:
                schema["required"] = [*schema.get("required", []), name]
