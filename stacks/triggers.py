"""Lambda functions that Cognito asks on the way."""

from collections.abc import Iterator
from typing import Any, Literal

from constructs import Construct

from stacks import aws
from stacks.props import KmsKeyArn, LambdaArn, Props

_SENDERS = ("custom_email_sender", "custom_sms_sender")


class PreTokenGeneration(Props):
    """The function that changes tokens; from version 2 also access tokens, from 3 also those of machines."""

    function_arn: LambdaArn
    version: Literal["V1_0", "V2_0", "V3_0"] = "V2_0"


class LambdaTriggers(Props):
    """A function for each trigger; Cognito is permitted to invoke each, for this pool only."""

    create_auth_challenge: LambdaArn | None = None
    custom_message: LambdaArn | None = None
    define_auth_challenge: LambdaArn | None = None
    post_authentication: LambdaArn | None = None
    post_confirmation: LambdaArn | None = None
    pre_authentication: LambdaArn | None = None
    pre_sign_up: LambdaArn | None = None
    pre_token_generation: PreTokenGeneration | None = None
    user_migration: LambdaArn | None = None
    verify_auth_challenge_response: LambdaArn | None = None
    custom_email_sender: LambdaArn | None = None
    custom_sms_sender: LambdaArn | None = None
    kms_key_arn: KmsKeyArn | None = None
    """What codes for a custom sender are encrypted with."""

    @property
    def functions(self) -> dict[str, str]:
        """The functions by trigger."""
        simple = self.model_dump(exclude={"pre_token_generation", "kms_key_arn"}, exclude_none=True)
        token = self.pre_token_generation
        return simple | ({"pre_token_generation": token.function_arn} if token else {})

    def _problems(self) -> Iterator[str]:
        custom_auth = [self.define_auth_challenge, self.create_auth_challenge, self.verify_auth_challenge_response]
        if any(custom_auth) and not all(custom_auth):
            yield (
                "a custom challenge needs three functions: define_auth_challenge, create_auth_challenge and "
                "verify_auth_challenge_response; give all or none"
            )
        if (self.custom_email_sender or self.custom_sms_sender) and not self.kms_key_arn:
            yield "a custom sender needs kms_key_arn, with which Cognito encrypts the code for it; give a key"


def lambda_config(triggers: LambdaTriggers) -> dict[str, Any] | None:
    """Return the pool's block for ``triggers``, or nothing where there are none."""
    functions = triggers.functions
    if not functions:
        return None
    config: dict[str, Any] = {
        name: {"lambda_arn": arn, "lambda_version": "V1_0"} if name in _SENDERS else arn
        for name, arn in functions.items()
        if name != "pre_token_generation"
    }
    if token := triggers.pre_token_generation:
        config["pre_token_generation_config"] = {"lambda_arn": token.function_arn, "lambda_version": token.version}
    if triggers.kms_key_arn:
        config["kms_key_id"] = triggers.kms_key_arn
    return config


def permit_triggers(pool: Construct, pool_arn: str, triggers: LambdaTriggers) -> None:
    """Let Cognito invoke the functions, for this pool only."""
    for name, function in triggers.functions.items():
        aws.LambdaPermission(
            pool,
            f"permission_{name}",
            action="lambda:InvokeFunction",
            function_name=function,
            principal="cognito-idp.amazonaws.com",
            source_arn=pool_arn,
        )
