import json
from typing import Any

import pytest

from api.config.stack_outputs import parse_stack_outputs
from api.errors import ConfigurationError

GOOD = {
    "cognito_user_pool_id": "us-east-1_AbC",
    "cognito_user_pool_client_id": "client1",
    "cognito_user_pool_client_secret": "secret",
}


def parse(document: Any, stack_name: str | None = None) -> dict[str, Any]:
    return parse_stack_outputs(json.dumps(document).encode(), "outputs.json", stack_name)


def terraform(outputs: dict[str, Any]) -> dict[str, Any]:
    return {name: {"value": value, "type": "string", "sensitive": False} for name, value in outputs.items()}


@pytest.mark.parametrize(
    "document",
    [
        {"auth": GOOD},
        {"auth": {**GOOD, "other": [1], "another": {"x": 1}}},
        {"auth": {"users": GOOD}},
        {"auth": {f"users_{name}_198BFF5F": value for name, value in GOOD.items()}},
        {"auth": {f"{name}_198BFF5F": value for name, value in GOOD.items()}},
        terraform(GOOD),
        {"format_version": "1.0", "values": {"outputs": terraform(GOOD), "root_module": {}}},
    ],
)
def test_every_file_format_yields_same_outputs(document: dict[str, Any]) -> None:
    assert parse(document) == GOOD


def test_stack_name_selects_stack() -> None:
    assert parse({"auth": GOOD, "other": {"cognito_user_pool_id": "x_1"}}, "auth") == GOOD


@pytest.mark.parametrize(
    ("document", "stack_name", "message"),
    [
        ({"auth": GOOD}, "prod", "holds no stack 'prod'; set STACK_NAME to one of: auth."),
        ({"a": GOOD, "b": GOOD}, None, "holds several stacks; set STACK_NAME to one of: a, b."),
        ({}, None, "must be a JSON object"),
        ([], None, "must be a JSON object"),
        ("text", None, "must be a JSON object"),
        ({"auth": "text"}, None, "is not an outputs file of CDKTF or Terraform."),
        ({"values": {"root_module": {}}}, None, "is not an outputs file of CDKTF or Terraform."),
        ({"auth": {**GOOD, "users": GOOD}}, None, "more than once"),
    ],
)
def test_unsupported_document_is_refused(document: Any, stack_name: str | None, message: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^outputs\.json ") as caught:
        parse(document, stack_name)
    assert message in str(caught.value)


@pytest.mark.parametrize("text", [b"", b" \n", b"{", b"\xff\xff", b'{"a": {"secret": NaN}}', b"[" * 10_000])
def test_invalid_json_is_refused_without_quoting(text: bytes) -> None:
    with pytest.raises(ConfigurationError, match=r"^outputs\.json (is empty|cannot be read)"):
        parse_stack_outputs(text, "outputs.json")
