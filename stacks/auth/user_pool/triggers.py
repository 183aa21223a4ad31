"""Lambda triggers: functions that Cognito invokes."""

from collections.abc import Iterator
from typing import Any, Literal

from constructs import Construct

from stacks import aws
from stacks.props import KmsKeyArn, LambdaArn, Props

_SENDERS = ("custom_email_sender", "custom_sms_sender")


class PreTokenGeneration(Props):
    """The function that customizes ID tokens, from V2_0 access tokens, and from V3_0 those of machine clients."""

    function_arn: LambdaArn
    version: Literal["V1_0", "V2_0", "V3_0"] = "V2_0"


class LambdaTriggers(Props):
    """One function per trigger; Cognito may invoke each of them, for this pool only."""

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
    """Key that encrypts the codes for custom senders."""
    permit: bool = True
    """False: the functions permit the pool already, for an adopted pool."""

    @property
    def functions(self) -> dict[str, str]:
        """Function ARNs by trigger."""
        simple = self.model_dump(exclude={"pre_token_generation", "kms_key_arn", "permit"}, exclude_none=True)
        token = self.pre_token_generation
        return simple | ({"pre_token_generation": token.function_arn} if token else {})

    def _problems(self) -> Iterator[str]:
        custom_auth = [self.define_auth_challenge, self.create_auth_challenge, self.verify_auth_challenge_response]
        if any(custom_auth) and not all(custom_auth):
            yield (
                "a custom challenge needs three functions: define_auth_challenge, create_auth_challenge and "
                "verify_auth_challenge_response; set all or none"
            )
        if (self.custom_email_sender or self.custom_sms_sender) and not self.kms_key_arn:
            yield "a custom sender needs kms_key_arn, the key that Cognito encrypts the codes with; set it"


def lambda_config(triggers: LambdaTriggers) -> dict[str, Any] | None:
    """Return the pool's ``lambda_config`` block, or ``None`` without triggers."""
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
    for name, function in triggers.functions.items() if triggers.permit else ():
        aws.LambdaPermission(
            pool,
            f"permission_{name}",
            action="lambda:InvokeFunction",
            function_name=function,
            principal="cognito-idp.amazonaws.com",
            source_arn=pool_arn,
        )
