"""What an operation must return to count as a success; the shapes are botocore's, as far as they are used."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_pascal

Text = Annotated[str, Field(min_length=1)]


class _Answer(BaseModel):
    model_config = ConfigDict(alias_generator=to_pascal, strict=True, frozen=True, hide_input_in_errors=True)


class Nothing(_Answer):
    """Any JSON object: the operation returns nothing that is used."""


class SignUp(_Answer):
    """API page: SignUp."""

    user_confirmed: bool
    user_sub: Text


class _CodeDeliveryDetails(_Answer):
    delivery_medium: Text


class CodeDelivery(_Answer):
    """API page: ResendConfirmationCode."""

    code_delivery_details: _CodeDeliveryDetails


class Tokens(_Answer):
    """API page: AuthenticationResultType."""

    access_token: Text
    id_token: Text
    refresh_token: Text
    expires_in: Annotated[int, Field(gt=0)]


class RenewedTokens(_Answer):
    """API page: AuthenticationResultType; a refresh token only where they rotate."""

    access_token: Text
    id_token: Text
    refresh_token: Text | None = None
    expires_in: Annotated[int, Field(gt=0)]


class Renewal(_Answer):
    """API page: GetTokensFromRefreshToken."""

    authentication_result: RenewedTokens


class User(_Answer):
    """API page: GetUser."""

    username: Text


class Authentication(_Answer):
    """API page: InitiateAuth. With a ChallengeName there is no AuthenticationResult."""

    challenge_name: Text | None = None
    session: Text | None = None
    challenge_parameters: dict[str, str] = {}
    authentication_result: Tokens | None = None
