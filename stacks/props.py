"""Base class of construct arguments, and the types that they share.

Arguments are validated on creation, so that an invalid one fails the synthesis and not the deployment. A message
contains the value, what is allowed, and the fix. A string may contain a Terraform expression (``${...}``); only
Terraform knows its value, and validates it.
"""

import re
from collections import Counter
from collections.abc import Iterable
from ipaddress import ip_network
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails


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
    rows = error.errors(include_url=False)
    # A tuple without its invalid member also counts as too short; one line for each mistake is enough.
    shown = [row for row in rows if row["type"] != "too_short" or not any(_inside(other, row) for other in rows)]
    return "\n".join(_line(row["loc"], row["msg"], row["input"]) for row in shown)


def _inside(row: ErrorDetails, outer: ErrorDetails) -> bool:
    return row["loc"] != outer["loc"] and row["loc"][: len(outer["loc"])] == outer["loc"]


def _line(where: tuple[int | str, ...], message: str, given: object) -> str:
    place = ".".join(str(part) for part in where)
    # For compound values the message already names the offending one.
    value = f" = {given!r}" if isinstance(given, str | int | float | bool | None) else ""
    return f"{place}{value}: {message.removeprefix('Value error, ')}".removeprefix(": ")


def matching(pattern: str, allowed: str) -> AfterValidator:
    """Return a validator for a text that ``pattern`` matches as a whole, or a Terraform expression.

    ``allowed`` completes the sentence "It must be ..."; a bare pattern would not help the reader of the message.
    """
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text) and not _EXPRESSION.fullmatch(text):
            message = f"it must be {allowed}"
            raise ValueError(message)
        return text

    return AfterValidator(check)


def _arn(service: str, resource: str, example: str) -> AfterValidator:
    """Match an ARN in any partition: aws, aws-cn, aws-us-gov, aws-eusc and those to come."""
    return matching(
        rf"arn:aws[a-z-]*:{service}:{resource}", f"an ARN such as {example}, in the partition of your region"
    )


_EXPRESSION = re.compile(r"[^$]*\$\{.+\}.*", re.DOTALL)

AccountId = Annotated[str, matching(r"\d{12}", "the 12 digits of an AWS account id")]
LambdaArn = Annotated[
    str,
    _arn(
        "lambda", r"[\w-]+:\d{12}:function:[\w-]+(:[\w$-]+)?", "arn:aws:lambda:eu-central-1:111122223333:function:NAME"
    ),
]
SesIdentityArn = Annotated[
    str,
    _arn(
        "ses",
        r"[\w-]+:\d{12}:identity/[^\s/]+",
        "arn:aws:ses:eu-central-1:111122223333:identity/example.com, the identity that SES has verified",
    ),
]
RoleArn = Annotated[str, _arn("iam", r":\d{12}:role/\S+", "arn:aws:iam::111122223333:role/NAME")]
KmsKeyArn = Annotated[
    str, _arn("kms", r"[\w-]+:\d{12}:(key|alias)/\S+", "arn:aws:kms:eu-central-1:111122223333:key/ID")
]


def _network(text: str) -> str:
    if _EXPRESSION.fullmatch(text):
        return text
    try:
        network = ip_network(text)
    except ValueError:
        network = None
    if network is None or network.prefixlen == 0:
        message = "it must be an address or a network without host bits, such as 203.0.113.7 or 2001:db8::/56"
        raise ValueError(message)
    return str(network)


UserPoolId = Annotated[str, matching(r"[\w-]+_[0-9a-zA-Z]+", "the id of a pool, such as eu-central-1_AbCdEfGhI")]
TableName = Annotated[str, matching(r"[a-zA-Z0-9_.-]{3,255}", "3 to 255 characters out of a-z, A-Z, 0-9 and _ . -")]
# An address, or a network without host bits.
Network = Annotated[str, AfterValidator(_network)]
CertificateArn = Annotated[
    str, _arn("acm", r"[\w-]+:\d{12}:certificate/\S+", "arn:aws:acm:us-east-1:111122223333:certificate/ID")
]
# Regional only: a web ACL for CloudFront cannot be associated with a pool.
WebAclArn = Annotated[
    str,
    _arn(
        "wafv2",
        r"[\w-]+:\d{12}:regional/webacl/\S+",
        "arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/NAME/ID (regional, not of CloudFront)",
    ),
]
DestinationArn = Annotated[
    str,
    _arn(
        "(logs|firehose|s3)",
        r"[\w-]*:(\d{12})?:\S+",
        "arn:aws:logs:eu-central-1:111122223333:log-group:NAME, or that of a Firehose stream or an S3 bucket",
    ),
]
# Includes the schemes of native apps (myapp://callback, RFC 8252 section 7.1), as Cognito does; no wildcards, because
# Cognito compares strings. What a browser would run is refused.
Url = Annotated[
    str,
    matching(
        r"https://[^/?#*\s]+(/[^#*\s]*)?|http://(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?(/[^#*\s]*)?"
        r"|(?!(https?|ftp|javascript|data|file|blob|vbscript|about):)[a-z][a-z0-9+.-]*:[^#*\s]+",
        "https://..., http://localhost... or the scheme of an app (myapp://callback), without a fragment or a wildcard",
    ),
    Field(max_length=1024),
]
Domain = Annotated[
    str,
    matching(
        r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", "a domain in lower-case letters, such as auth.example.com"
    ),
]
Region = Annotated[str, matching(r"[a-z]{2,}(-[a-z]+)+-\d+", "a region code such as eu-central-1")]
Name = Annotated[
    str, matching(r"[\w\s+=,.@-]{1,128}", "1 to 128 characters out of letters, digits, white space and _ + = , . @ -")
]
