"""Dependencies shared by all administration routes."""

from typing import Annotated, Any

from fastapi import Path, Query, Request, Security
from starlette.requests import HTTPConnection

from api import errors
from api.abuse_protection.attempts import count_attempt
from api.abuse_protection.limits import ADMINISTRATION
from api.admin.service import AdminService
from api.telemetry.audit import Audit
from api.telemetry.request_context import note
from api.web.dependencies import require_recent
from api.web.fields import CognitoName, Form
from cognito_tokens import Principal
from cognito_tokens import errors as token_errors
from cognito_tokens.dependencies import Bearer, verify
from cognito_tokens.errors import InsufficientGroup

PROBLEMS = (
    token_errors.TokenMissing,
    errors.InvalidToken,
    token_errors.InsufficientScope,
    errors.AdministrationNotEnabled,
    errors.CredentialsMissing,
    errors.TooManyAttempts,
)
OF_ONE = (*PROBLEMS, errors.ResourceMissing)
CHANGE_PROBLEMS = (*PROBLEMS, token_errors.LoginTooOld)
CHANGE_OF_ONE = (*CHANGE_PROBLEMS, errors.ResourceMissing)


class _Administrator(Bearer):
    """Requires a member of ADMIN_GROUP; fails closed while revocations are unavailable."""

    async def _authenticate(self, connection: HTTPConnection) -> Any:  # noqa: ANN401 - a principal
        principal = await verify(connection, fail_closed=True)
        note(sub=principal.sub)
        if connection.app.state.admin_group not in principal.groups:
            raise InsufficientGroup
        return principal


class _RecentAdministrator(_Administrator):
    """Requires a recent sign-in, too.

    Cognito asks for an enrolled second factor at each sign-in; enabling one ends an administrator's sessions.
    """

    async def _authenticate(self, connection: HTTPConnection) -> Any:  # noqa: ANN401 - as above
        principal = await super()._authenticate(connection)
        require_recent(connection, principal)
        return principal


Administrator = Annotated[Principal, Security(_Administrator())]
# For everything that changes something.
RecentAdministrator = Annotated[Principal, Security(_RecentAdministrator())]
Username = Annotated[CognitoName, Path(description="The user's `username` or e-mail address.")]
Cursor = Annotated[
    Annotated[str, Form(r"^\S+$", "It must be the cursor of the previous page.")] | None,
    Query(min_length=1, max_length=16384, description="The `cursor` of the previous page."),
]


async def counted_service(
    request: Request, principal: Principal, target: str = "", group: str = "", mailbox: str = ""
) -> AdminService:
    """Count an attempt, note the target user and group for the audit event, and return the service."""
    note(group=group)
    if target:
        audit: Audit = request.app.state.audit
        note(target=audit.pseudonym(target.lower()) if "@" in target else target)
    await count_attempt(request, ADMINISTRATION, principal.sub, mailbox=mailbox)
    return request.app.state.administration
