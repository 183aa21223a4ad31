"""Base class of construct arguments, and the types that they share.

Arguments are validated on creation, so that an invalid one fails the synthesis and not the deployment. A message
contains the value, what is allowed, and the fix. A string may contain a Terraform expression (``${...}``); only
Terraform knows its value, and validates it.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator


class Props(BaseModel):
    """Arguments of a construct: frozen, without unknown names; validation reports several problems at once."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    @model_validator(mode="after")
    def _guard(self) -> Self:
        if found := list(self._problems()):
            raise ValueError("; ".join(found))
        return self

    def _problems(self) -> Iterable[str]:
        """Yield a message for each problem that field limits do not cover: the value, what is allowed, and the fix."""
        return ()


def twice(names: Iterable[str]) -> list[str]:
    """Return the names that occur more than once, sorted."""
    return sorted(name for name, times in Counter(names).items() if times > 1)


def explain(error: ValidationError) -> str:
    """Return one line for each invalid argument: its path, the given value, and what is allowed."""
    return "\n".join(_line(row["loc"], row["msg"], row["input"]) for row in error.errors(include_url=False))


def _line(where: tuple[int | str, ...], message: str, given: object) -> str:
    place = ".".join(str(part) for part in where)
    # For compound values the message already names the offending one.
    value = f" = {given!r}" if isinstance(given, str | int | float | bool | None) else ""
    return f"{place}{value}: {message.removeprefix('Value error, ')}".removeprefix(": ")


def _arn(service: str) -> str:
    return rf"^(arn:aws[a-z-]*:{service}:[^\s]+|\$\{{.+\}})$"


_EXPRESSION = r"\$\{.+\}"

AccountId = Annotated[str, Field(pattern=r"^\d{12}$")]
LambdaArn = Annotated[str, Field(pattern=_arn("lambda"))]
SesIdentityArn = Annotated[str, Field(pattern=_arn("ses"))]
RoleArn = Annotated[str, Field(pattern=_arn("iam"))]
KmsKeyArn = Annotated[str, Field(pattern=_arn("kms"))]
CertificateArn = Annotated[str, Field(pattern=_arn("acm"))]
# Regional only: a web ACL for CloudFront cannot be associated with a pool.
WebAclArn = Annotated[str, Field(pattern=r"^(arn:aws[a-z-]*:wafv2:[^\s]+:regional/webacl/[^\s]+|\$\{.+\})$")]
DestinationArn = Annotated[str, Field(pattern=_arn("(logs|firehose|s3)"))]
# Includes the private-use schemes of apps (RFC 8252, section 7.1); no wildcards, because Cognito compares strings.
Url = Annotated[
    str,
    Field(
        pattern=r"^(https://[^/?#*\s]+(/[^#*\s]*)?|http://(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?(/[^#*\s]*)?"
        rf"|[a-z][a-z0-9+.-]*\.[a-z0-9+.-]+:/[^#*\s]*|{_EXPRESSION})$"
    ),
    Field(max_length=1024),
]
Domain = Annotated[str, Field(pattern=rf"^(([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{{2,}}|{_EXPRESSION})$")]
Region = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
Name = Annotated[str, Field(pattern=rf"^([\w\s+=,.@-]{{1,128}}|{_EXPRESSION})$")]
