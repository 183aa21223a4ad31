"""The pool's domain, which serves the hosted pages and the token endpoint."""

from collections.abc import Iterator
from typing import Annotated, Literal

from cdktf import Fn, Token
from constructs import Construct
from pydantic import Discriminator, Field, Tag

from stacks import aws
from stacks import props as shared
from stacks.props import CertificateArn, Props

_RESERVED = ("aws", "amazon", "cognito")


class PrefixDomain(Props):
    """``https://PREFIX.auth.REGION.amazoncognito.com``."""

    prefix: Annotated[
        str,
        shared.matching(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", "1 to 63 characters out of a-z, 0-9 and hyphens inside"),
    ]
    managed_login: bool = True
    """Managed login, which passkeys need; False for the classic hosted UI, the only pages of tier LITE."""

    def _problems(self) -> Iterator[str]:
        for word in _RESERVED:
            if word in self.prefix:
                yield f"prefix = {self.prefix!r} contains {word!r}, which Cognito reserves; choose another"


class CustomDomain(Props):
    """A custom domain; its parent domain must have a DNS A record when it is created."""

    domain: Annotated[shared.Domain, Field(max_length=63)]
    certificate_arn: CertificateArn
    managed_login: bool = True

    def _problems(self) -> Iterator[str]:
        if self.certificate_arn.startswith("arn:aws:") and ":us-east-1:" not in self.certificate_arn:
            yield f"certificate_arn = {self.certificate_arn}: the certificate must be in us-east-1; issue one there"
        if "${" not in self.domain and self.domain.count(".") < 2:  # noqa: PLR2004 - label.parent.tld
            yield f"domain = {self.domain}: Cognito requires a subdomain; use auth.{self.domain}"


def _kind(value: object) -> str:
    is_custom = "domain" in value if isinstance(value, dict) else isinstance(value, CustomDomain)
    return "custom" if is_custom else "prefix"


Domain = Annotated[
    Annotated[PrefixDomain, Tag("prefix")] | Annotated[CustomDomain, Tag("custom")], Discriminator(_kind)
]


def _label(region: str) -> str:
    """Return the label of prefix domains: in AWS GovCloud they are FIPS endpoints."""
    return Token.as_string(Fn.conditional(Fn.startswith(region, "us-gov-"), "auth-fips", "auth"))


class UserPoolDomain(Construct):
    """The domain and, for managed login, a style per client: Cognito shows no pages for a client without one."""

    def __init__(
        self, scope: Construct, id_: str, *, user_pool_id: str, region: str, props: Domain, clients: dict[str, str]
    ) -> None:
        """Add the domain; ``clients`` maps names to the ids of the clients that use the hosted pages."""
        super().__init__(scope, id_)
        version: Literal[1, 2] = 2 if props.managed_login else 1
        is_custom = self.is_custom = isinstance(props, CustomDomain)
        self.resource = aws.CognitoUserPoolDomain(
            self,
            "Default",
            domain=props.domain if is_custom else props.prefix,
            certificate_arn=props.certificate_arn if is_custom else None,
            user_pool_id=user_pool_id,
            managed_login_version=version,
        )
        host = props.domain if is_custom else f"{props.prefix}.{_label(region)}.{region}.amazoncognito.com"
        self.url = f"https://{host}"
        self.styles = {
            name: aws.CognitoManagedLoginBranding(
                self, f"style_{name}", user_pool_id=user_pool_id, client_id=client_id, use_cognito_provided_values=True
            )
            for name, client_id in (clients.items() if props.managed_login else ())
        }
