"""All routes of /admin."""

from starlette.routing import BaseRoute

from api.admin.groups import router as groups
from api.admin.users import router as users


def administration() -> list[BaseRoute]:
    """Return all routes of /admin, in matching order."""
    return [*users.routes, *groups.routes]
