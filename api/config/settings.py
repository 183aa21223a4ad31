"""Settings of the API. Precedence: arguments, environment, the stack's outputs, defaults."""

import logging
import os
import re
import stat
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    HttpUrl,
    IPvAnyNetwork,
    SecretStr,
    ValidationError,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from api.cognito.endpoint import resolve_endpoint
from api.config.stack_outputs import StackOutputs, parse_stack_outputs
from api.errors import ConfigurationError
from api.kit.placeholders import placeholders
from api.web.problems import DEFAULT_BASE_URI
from api.web.time_budget import CALL_SECONDS

logger = logging.getLogger(__name__)

_LARGEST_FILE = 1024 * 1024
_REGION = re.compile(r"^[a-z]{2,}(-[a-z]+)+-\d+$")
_SECRET = "cognito_user_pool_client_secret"  # noqa: S105 - an output's name
_RENAMED = {"REVOCATION_STORE": "STATE_STORE", "REVOCATION_FAILURE": "STATE_FAILURE"}
_REMEDY = (
    "Create the file with `make deploy`, or with `cdktf deploy auth --outputs-file outputs.json "
    "--outputs-file-include-sensitive-outputs`; without the last option it does not contain the client secret. "
    "ENVIRONMENT selects the file (outputs.ENVIRONMENT.json; outputs.json for dev and where it is unset), and "
    "STACK_OUTPUTS_FILE names another. Alternatively, set COGNITO_USER_POOL_ID, COGNITO_CLIENT_ID and "
    "COGNITO_CLIENT_SECRET."
)


def _outputs_file() -> Path:
    """Return the outputs file that ``make deploy`` writes for ENVIRONMENT (``stacks.workspace`` has the same rule)."""
    name = os.environ.get("ENVIRONMENT") or "dev"
    return Path("outputs.json" if name == "dev" else f"outputs.{name}.json")


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def _limits(value: object) -> object:
    """Return ``sign-in.client=600/minute, mail.total=200/day`` as a dictionary."""
    rows = [part.partition("=") for part in value.split(",")] if isinstance(value, str) else ()
    return {name.strip(): text.strip() for name, _, text in rows} if rows else value


def _is_url(value: str) -> str:
    HttpUrl(value)
    return value


def _origin(value: str) -> str:
    """Return an origin as browsers send it (RFC 6454, section 6.1)."""
    if not re.fullmatch(r"https?://([a-z0-9.-]+|\[[0-9a-f:]+\])(:\d{1,5})?/?", value, re.IGNORECASE):
        message = "must be an origin such as https://app.example.com, without a path or a wildcard"
        raise ValueError(message)
    scheme, _, rest = value.lower().rstrip("/").partition("://")
    return f"{scheme}://{rest.removesuffix(':443' if scheme == 'https' else ':80')}"


def _switch(value: object) -> bool:
    words = {"on": True, "true": True, "off": False, "false": False}
    if isinstance(value, bool):
        return value
    if str(value).lower() not in words:
        message = "must be on or off (true and false are accepted too)"
        raise ValueError(message)
    return words[str(value).lower()]


Switch = Annotated[bool, BeforeValidator(_switch)]
# Kept exactly as written: HttpUrl would add a slash, and Cognito compares the URLs as strings.
ExactUrl = Annotated[str, AfterValidator(_is_url)]
# A page of the product: a URL, or a path of the API's own origin.
PageUrl = Annotated[str, Field(pattern=r"^(https://[^/\s?#]+[^\s#]*|/([^/\s#][^\s#]*)?)$")]
SealingKey = Annotated[SecretStr, Field(min_length=32)]
Origin = Annotated[str, AfterValidator(_origin)]
TrustedProxy = IPvAnyNetwork | Literal["unix", "server"]
ProviderName = Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[^\s_][^\x00-\x1f]*$")]
MetadataName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
ProfileAttribute = Literal[
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "picture",
    "website",
]


class OAuthSettings(NamedTuple):
    """Domain of the hosted sign-in pages, and the URLs to which they redirect the browser."""

    domain: str
    callback_url: str
    logout_url: str


class Settings(BaseSettings):
    """One field per environment variable, which has the same name in upper case; docs/settings.md lists them."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_ignore_empty=True, hide_input_in_errors=True)

    stack_outputs_file: Path = Field(default_factory=_outputs_file)
    stack_outputs_json: SecretStr | None = None
    stack_name: str | None = None
    cognito_user_pool_id: str | None = None
    cognito_client_id: str | None = None
    cognito_client_secret: SecretStr | None = None
    cognito_client_secret_arn: str | None = None
    client_secret_read_seconds: Annotated[float, Field(gt=0, le=3600)] = 60.0
    aws_region: str | None = None
    aws_endpoint_url_cognito_identity_provider: HttpUrl | None = None
    aws_endpoint_url: HttpUrl | None = None
    aws_use_fips_endpoint: Switch = False
    upstream_deadline: Annotated[float, Field(gt=0, le=CALL_SECONDS)] = 6.0
    upstream_concurrency: Annotated[int, Field(ge=1, le=10_000)] = 512
    concealment_seconds: Annotated[float, Field(ge=0, le=5)] = 1.0
    verify_requires_password: Switch = False
    rate_limits: Switch = True
    # Names and forms are checked by api.abuse_protection.limits.
    limits: Annotated[dict[str, str], NoDecode, BeforeValidator(_limits)] = Field(default_factory=dict[str, str])
    rate_limit_storage: SecretStr = SecretStr("memory://")
    state_store: SecretStr = SecretStr("memory://")
    state_failure: Literal["open", "closed"] = "open"
    reveal_account_state: Switch = False
    auth_session_validity: Annotated[int, Field(ge=3, le=15)] = 3
    sealing_keys: Annotated[tuple[SealingKey, ...], NoDecode, BeforeValidator(_split)] = ()
    breached_passwords: Switch = False
    breached_passwords_url: HttpUrl = HttpUrl("https://api.pwnedpasswords.com")
    app_name: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^:\x00-\x1f]+$")] = "Sign-in"
    passwordless: Switch = False
    profile_attributes: Annotated[tuple[ProfileAttribute, ...], NoDecode, BeforeValidator(_split)] = (
        "name",
        "given_name",
        "family_name",
        "nickname",
        "locale",
        "zoneinfo",
    )
    passkey_relying_party: str | None = None
    passkey_user_verification: Literal["required", "preferred"] = "preferred"
    trusted_proxies: Annotated[tuple[TrustedProxy, ...], NoDecode, BeforeValidator(_split)] = ()
    admin_group: Annotated[str | None, Field(pattern=r"^\S{1,128}$")] = None
    cookie_sessions: Switch | None = None
    cookie_domain: Annotated[str | None, Field(pattern=r"^([a-z0-9-]+\.)+[a-z]{2,}$")] = None
    session_idle_minutes: Annotated[int, Field(ge=5, le=60 * 24 * 365)] | None = None
    client_metadata: Annotated[tuple[MetadataName, ...], NoDecode, BeforeValidator(_split)] = ()
    cors_origins: Annotated[tuple[Origin, ...], NoDecode, BeforeValidator(_split)] = ()
    oauth_domain: HttpUrl | None = None
    oauth_callback_url: ExactUrl | None = None
    oauth_logout_url: ExactUrl | None = None
    oauth_scopes: str = "openid email aws.cognito.signin.user.admin"
    oauth_error_url: PageUrl | None = None
    change_password_url: PageUrl | None = None
    forward_auth_headers: Literal["remote", "x-auth-request"] = "remote"
    hsts: Annotated[str, Field(pattern=r"^(off|max-age=\d{1,10}(; includeSubDomains(; preload)?)?)$")] = (
        "max-age=63072000; includeSubDomains"
    )
    docs: Switch = True
    pages: Switch = False
    pages_directory: Path | None = None
    pages_providers: Annotated[tuple[ProviderName, ...], NoDecode, BeforeValidator(_split)] = ()
    pages_url: Origin | None = None
    return_origins: Annotated[tuple[Origin, ...], NoDecode, BeforeValidator(_split)] = ()
    notices_from: Annotated[str, Field(pattern=r"^([^<>@\r\n]+<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$")] | None = (
        None
    )
    metrics: Switch = False
    metrics_token: Annotated[SecretStr, Field(min_length=16)] | None = None
    tracing: Switch = False
    audit_sink: str | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    problem_base_uri: str = DEFAULT_BASE_URI

    @classmethod
    def load(cls) -> Self:
        """Read the environment; raise a ``ConfigurationError`` that names the variable and the expected value."""
        if renamed := _RENAMED.keys() & os.environ.keys():
            message = " ".join(f"{name} is now {_RENAMED[name]}; set that in its place." for name in sorted(renamed))
            raise ConfigurationError(message)
        try:
            settings = cls()
        except ValidationError as error:
            lines = [f"{'.'.join(map(str, row['loc'])).upper()}: {row['msg']}." for row in error.errors()]
            raise ConfigurationError(" ".join(lines)) from None
        # The outputs are looked at where they are read; names may be any word.
        secrets = {"metrics_token", "rate_limit_storage", "sealing_keys", "state_store"}
        others = {name: value for name, value in settings if name in secrets}
        if found := [name.upper() for name in placeholders(others)]:
            message = (
                f"{', '.join(found)}: a placeholder in place of the value. Set the value itself; for a random key, "
                "`openssl rand -hex 32` prints one."
            )
            raise ConfigurationError(message)
        return settings

    @cached_property
    def has_cookie_sessions(self) -> bool:
        """Whether cookie sessions are on; ``ConfigurationError`` where pages are on without them."""
        if self.pages and self.cookie_sessions is False:
            message = "PAGES = on needs COOKIE_SESSIONS, which is off: leave COOKIE_SESSIONS out, or set PAGES=off."
            raise ConfigurationError(message)
        return self.pages if self.cookie_sessions is None else self.cookie_sessions

    @cached_property
    def sealing_secrets(self) -> tuple[str, ...]:
        """Secrets for sealed values: SEALING_KEYS, else the client secret; the first seals, all of them open."""
        if self.sealing_keys:
            return tuple(key.get_secret_value() for key in self.sealing_keys)
        secret = self.stack_outputs.cognito_user_pool_client_secret
        if secret is None:
            message = (
                "SEALING_KEYS is not set, and AWS stores the client secret. That secret can rotate at any time, and "
                "values sealed with it could then not be opened. Set SEALING_KEYS to at least 32 random characters."
            )
            raise ConfigurationError(message)
        return (secret.get_secret_value(),)

    @cached_property
    def endpoint_override(self) -> str | None:
        """URL of an emulator, for operations and JWKS; names and precedence are those of the AWS SDKs."""
        url = self.aws_endpoint_url_cognito_identity_provider or self.aws_endpoint_url
        return str(url).rstrip("/") if url else None

    @cached_property
    def endpoint(self) -> str:
        """URL of the user pools API; raise ``ConfigurationError`` for a region without one."""
        if self.endpoint_override:
            return self.endpoint_override
        return resolve_endpoint(self.region, use_fips=self.aws_use_fips_endpoint)

    @cached_property
    def session_seconds(self) -> int:
        """The lifetime of a refresh token."""
        return self.stack_outputs.cognito_refresh_token_validity_days * 24 * 60 * 60

    @cached_property
    def oauth(self) -> OAuthSettings | None:
        """The hosted pages; raise ``ConfigurationError`` when a domain is set, but one of the two URLs is missing.

        OAUTH_DOMAIN defaults to the stack's domain when OAUTH_CALLBACK_URL is set.
        """
        domain = str(self.oauth_domain or (self.oauth_callback_url and self.stack_outputs.cognito_domain) or "")
        if not domain:
            return None
        if self.oauth_callback_url is None or self.oauth_logout_url is None:
            message = (
                "The hosted pages require both OAUTH_CALLBACK_URL (one of the client's callback URLs, ending in "
                "/oauth/callback) and OAUTH_LOGOUT_URL (one of the client's logout URLs)."
            )
            raise ConfigurationError(message)
        if missing := sorted({"openid", "email"} - set(self.oauth_scopes.split())):
            message = f"OAUTH_SCOPES = {self.oauth_scopes!r} lacks {', '.join(missing)}: the API must know the address."
            raise ConfigurationError(message)
        return OAuthSettings(domain.rstrip("/"), self.oauth_callback_url, self.oauth_logout_url)

    @cached_property
    def region(self) -> str:
        """The pool's region."""
        return _region_of(self.stack_outputs)

    @cached_property
    def issuer(self) -> str:
        """Expected ``iss`` of the pool's tokens: the stack's output, else the URL at AWS; never an emulator's URL."""
        stack = self.stack_outputs
        if stack.cognito_issuer:
            return stack.cognito_issuer
        return f"{resolve_endpoint(self.region, use_fips=False)}/{stack.cognito_user_pool_id}"

    @cached_property
    def jwks_url(self) -> str:
        """URL of the pool's signing keys (JWKS, RFC 7517)."""
        moved = self.endpoint_override and f"{self.endpoint_override}/{self.stack_outputs.cognito_user_pool_id}"
        return f"{moved or self.issuer}/.well-known/jwks.json"

    @cached_property
    def stack_outputs(self) -> StackOutputs:
        """The stack's outputs, overridden by the environment; raise ``ConfigurationError`` when incomplete."""
        overrides = self._overrides()
        source, outputs = self._read() if self._needs_source(overrides) else ("The environment", {})
        if overrides.get("cognito_user_pool_id") not in {None, outputs.get("cognito_user_pool_id")}:
            # The file describes another pool: use only its client id and client secret (or ARN).
            outputs = {name: value for name, value in outputs.items() if name.startswith("cognito_user_pool_client_")}
        given = {**outputs, **overrides}
        try:
            stack = StackOutputs.model_validate(given)
        except ValidationError as error:
            raise ConfigurationError(_explain(error, source, given)) from None
        if not _has_secret(given):
            message = f"{source} lacks {_SECRET}. {_REMEDY}"
            raise ConfigurationError(message)
        if found := placeholders(dict(stack)):
            message = (
                f"{source} has, in place of {', '.join(found)}, a placeholder as tools print it, or a value in "
                f"quotation marks; `terraform output -json` prints the value. {_REMEDY}"
            )
            raise ConfigurationError(message)
        _region_of(stack)
        return stack

    def _overrides(self) -> dict[str, Any]:
        overrides = {
            "cognito_user_pool_id": self.cognito_user_pool_id,
            "cognito_user_pool_client_id": self.cognito_client_id,
            "cognito_user_pool_client_secret": self.cognito_client_secret,
            "cognito_user_pool_client_secret_arn": self.cognito_client_secret_arn,
            "aws_region": self.aws_region,
        }
        found = {name: value for name, value in overrides.items() if value is not None}
        # A secret or an ARN from the environment replaces both values of the file.
        both = {_SECRET, f"{_SECRET}_arn"}
        return {**dict.fromkeys(both if both & found.keys() else ()), **found}

    def _needs_source(self, overrides: dict[str, Any]) -> bool:
        named = {"stack_outputs_file", "stack_outputs_json"} & self.model_fields_set
        required = {"cognito_user_pool_id", "cognito_user_pool_client_id", _SECRET}
        return bool(named) or not required <= overrides.keys()

    def _read(self) -> tuple[str, dict[str, Any]]:
        if self.stack_outputs_json:
            source = "STACK_OUTPUTS_JSON"
            data = self.stack_outputs_json.get_secret_value().encode(errors="surrogateescape")
        else:
            source = f"The stack outputs file {str(self.stack_outputs_file)!r}"
            data = _read_file(self.stack_outputs_file, source)
        try:
            return source, parse_stack_outputs(data, source, self.stack_name)
        except ConfigurationError as error:
            message = f"{error} {_REMEDY}"
            raise ConfigurationError(message) from None


def _read_file(path: Path, source: str) -> bytes:
    try:
        with path.open("rb") as file:
            mode = path.stat().st_mode
            data = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        message = f"{source} cannot be read: {error.strerror}. {_REMEDY}"
        raise ConfigurationError(message) from None
    if len(data) > _LARGEST_FILE:
        message = f"{source} is larger than 1 MiB, so it is not an outputs file. {_REMEDY}"
        raise ConfigurationError(message)
    if stat.S_ISREG(mode) and mode & 0o077:
        logger.warning(
            "%s contains the client secret and is readable by other users (mode %s); run `chmod 600 %s`",
            source,
            oct(stat.S_IMODE(mode)),
            path,
        )
    return data


def _has_secret(given: dict[str, Any]) -> bool:
    return bool(given.get(_SECRET) or given.get(f"{_SECRET}_arn"))


def _explain(error: ValidationError, source: str, given: dict[str, Any]) -> str:
    rows = error.errors(include_input=False)
    missing = [str(row["loc"][0]) for row in rows if row["type"] == "missing"]
    missing += [] if _has_secret(given) else [_SECRET]
    wrong = [f"{'.'.join(map(str, row['loc']))}: {row['msg']}" for row in rows if row["type"] != "missing"]
    parts = [f"lacks {', '.join(missing)}"] if missing else []
    parts += [f"has invalid values ({'; '.join(wrong)})"] if wrong else []
    return f"{source} {' and '.join(parts)}. {_REMEDY}"


def _region_of(stack: StackOutputs) -> str:
    of_pool = stack.cognito_user_pool_id.partition("_")[0]
    region = stack.aws_region or of_pool
    if _REGION.match(of_pool) and region != of_pool:
        message = (
            f"AWS region {region!r} does not match the user pool {stack.cognito_user_pool_id!r}, which is in "
            f"{of_pool!r}; correct AWS_REGION or the stack's output aws_region."
        )
        raise ConfigurationError(message)
    return region
