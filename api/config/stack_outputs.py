"""Parser of the stack's outputs, in every format that the CDKTF and Terraform commands write.

============================  ================================================================================
``cdktf deploy`` / ``output``  ``{"stack": {"name": value}}``; outputs of nested constructs are nested by
                               ``deploy``, and named with a hash (``construct_name_198BFF5F``) by ``output``
``terraform output -json``     ``{"name": {"value": value, "type": ..., "sensitive": ...}}``
``terraform show -json``       ``{"values": {"outputs": {as above}}}``
============================  ================================================================================
"""

import re
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, SecretStr, StringConstraints

from api.cognito.password_policy import COGNITOS_OWN, PasswordPolicy
from api.errors import ConfigurationError
from cognito_tokens import strict_json
from cognito_tokens.strict_json import is_object

Outputs = dict[str, Any]

_HASH = re.compile(r"_[0-9A-F]{8}$")


def _stripped(value: object) -> object:
    """Return a secret without the line end that a file or an editor adds; Cognito's have no spaces."""
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    return text.strip() if isinstance(text, str) else value


SecretArn = Annotated[str, StringConstraints(pattern=r"^arn:aws[a-z-]*:(secretsmanager|ssm):\S+$")]


class StackOutputs(BaseModel, frozen=True):
    """Outputs of a deployed stack that the API reads; each field has the name of its output.

    Issuer, region and policy have defaults, for pools created by other Terraform code (``Settings.stack_outputs``).
    """

    cognito_user_pool_id: Annotated[str, StringConstraints(pattern=r"^[\w-]+_[0-9A-Za-z]+$", max_length=55)]
    cognito_user_pool_client_id: Annotated[str, StringConstraints(pattern=r"^[\w+]+$", max_length=128)]
    # Either the secret, or the ARN under which AWS stores it.
    cognito_user_pool_client_secret: Annotated[SecretStr, BeforeValidator(_stripped), Field(min_length=1)] | None = None
    cognito_user_pool_client_secret_arn: SecretArn | None = None
    cognito_issuer: Annotated[str, StringConstraints(pattern=r"^https?://[^\s?#]+$")] | None = None
    aws_region: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+$")] | None = None
    cognito_password_policy: PasswordPolicy = COGNITOS_OWN
    cognito_propagate_user_context: bool = False
    cognito_domain: Annotated[str, StringConstraints(pattern=r"^https://[^\s?#/]+$")] | None = None
    cognito_refresh_token_validity_days: Annotated[int, Field(ge=1, le=3650)] = 30


def parse_stack_outputs(data: bytes, source: str, stack_name: str | None = None) -> Outputs:
    """Return the outputs of ``StackOutputs`` that ``data`` contains, by name.

    ``source`` names the origin in messages; ``stack_name`` selects one of several stacks. Raises
    ``ConfigurationError`` when ``data`` has none of the formats above, lacks the stack, or repeats an output.
    """
    outputs = _stack(_parse(data, source), source, stack_name)
    found = {name: list(_find(outputs, name)) for name in StackOutputs.model_fields}
    doubled = [name for name, values in found.items() if len(values) > 1]
    if doubled:
        message = f"{source} has {', '.join(doubled)} more than once; declare each output once, on the stack itself."
        raise ConfigurationError(message)
    return {name: values[0] for name, values in found.items() if values}


def _parse(data: bytes, source: str) -> Outputs:
    if not data.strip():
        message = f"{source} is empty."
        raise ConfigurationError(message)
    try:
        document = strict_json.loads(data)
    except ValueError as error:
        message = f"{source} cannot be read: {error}."
        raise ConfigurationError(message) from None
    if not is_object(document) or not document:
        message = f"{source} must be a JSON object that contains the stack's outputs."
        raise ConfigurationError(message)
    return document


def _stack(document: Outputs, source: str, stack_name: str | None) -> Outputs:
    values = document.get("values")
    outputs = values.get("outputs") if is_object(values) else document
    if not is_object(outputs) or not all(is_object(member) for member in outputs.values()):
        message = f"{source} is not an outputs file of CDKTF or Terraform."
        raise ConfigurationError(message)
    if all("value" in member and "sensitive" in member for member in outputs.values()):
        return {name: member["value"] for name, member in outputs.items()}
    return _named_stack(outputs, source, stack_name)


def _named_stack(stacks: Outputs, source: str, stack_name: str | None) -> Outputs:
    name = stack_name or (next(iter(stacks)) if len(stacks) == 1 else None)
    if name in stacks:
        return stacks[name]
    wanted = f"no stack {name!r}" if name else "several stacks"
    message = f"{source} holds {wanted}; set STACK_NAME to one of: {', '.join(stacks)}."
    raise ConfigurationError(message)


def _find(outputs: Outputs, name: str) -> Iterator[Any]:
    for key, value in outputs.items():
        bare = _HASH.sub("", key)
        if key == name or (bare != key and (bare == name or bare.endswith(f"_{name}"))):
            yield value
        elif is_object(value):
            yield from _find(value, name)
