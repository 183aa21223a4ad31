"""What every route of administration asks for first."""

from typing import Annotated, Any

from fastapi import Path, Query, Request, Security
from starlette.requests import HTTPConnection

from api import errors
from api.admin.service import AdminService
from api.logging import note
from api.rate_limits import ADMINISTRATION
from api.runtime import runtime_of
from api.tokens import Principal
from api.tokens.dependencies import Bearer, verify
from api.tokens.errors import GroupInsufficient

PROBLEMS = (
    errors.TokenMissing,
    errors.InvalidToken,
    errors.InsufficientScope,
    errors.AdministrationNotEnabled,
    errors.CredentialsMissing,
    errors.TooManyAttempts,
)


class _Administrator(Bearer):
    """A member of ADMIN_GROUP; it refuses everybody while revocations cannot be heard of."""

    async def _admit(self, connection: HTTPConnection) -> Any:  # noqa: ANN401 - a principal
        principal = await verify(connection, fail_closed=True)
        note(sub=principal.sub)
        if connection.app.state.runtime.admin_group not in principal.groups:
            raise GroupInsufficient
        return principal


Administrator = Annotated[Principal, Security(_Administrator())]
Username = Annotated[
    str, Path(pattern=r"^[^\x00-\x20/\\\"]{1,128}$", description="The user's `username`, or the address.")
]
Cursor = Annotated[
    str | None, Query(min_length=1, max_length=8192, pattern=r"^\S+$", description="The `cursor` of the page before.")
]


async def admitted(request: Request, principal: Principal, target: str = "", group: str = "") -> AdminService:
    """Count the request, tell the audit whom and which group it is about, and return the service."""
    runtime = runtime_of(request)
    note(group=group)
    if target:
        note(target=runtime.audit.pseudonym(target.lower()) if "@" in target else target)
    await runtime.admit(request, ADMINISTRATION, principal.sub)
    assert runtime.administration is not None  # noqa: S101 - its routes are there where it is
    return runtime.administration
