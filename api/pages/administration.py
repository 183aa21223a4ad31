"""The pages of administration, for members of ADMIN_GROUP; the API decides about that."""

from typing import Any
from urllib.parse import quote

from fastapi import Response

from api.pages.client import Answer
from api.pages.places import HOME
from api.pages.security import moment
from api.pages.view import View

USERS = f"{HOME}/users"
_USER = f"{USERS}/user"
# Of the form: method and path after the user.
_ACTIONS = {
    "resend": ("POST", "/invitation"),
    "enable": ("POST", "/enable"),
    "disable": ("POST", "/disable"),
    "reset": ("POST", "/reset-password"),
    "sign-out": ("POST", "/sign-out"),
    "remove-factors": ("DELETE", "/mfa"),
    "delete": ("DELETE", ""),
}
# Cannot be undone.
_CONFIRMED = {"delete", "remove-factors"}


async def show_users(view: View, refused: Answer | None = None) -> Response:
    """Show users, or those with an address that begins with the search."""
    asked = view.request.query_params
    query = {name: asked[name] for name in ("search", "cursor") if asked.get(name)}
    answer = await view.api.call("GET", "/admin/users", query=query)
    if answer.problem and answer.problem != "validation-failed":
        return await view.page("problem.html", answer)
    found: dict[str, Any] = {"users": []} if answer.problem else answer.body
    return await view.page(
        "users.html",
        refused or answer,
        users=found["users"],
        cursor=found.get("cursor"),
        searched=query.get("search", ""),
    )


async def invite(view: View) -> Response:
    """Invite an address."""
    answer = await view.call("POST", "/admin/users", {"email": view.value("email")})
    if not answer.problem:
        return view.go(_USER, name=answer.body["username"], done="invited")
    return await view.again(show_users, answer)


async def show_user(view: View, refused: Answer | None = None) -> Response:
    """Show a user with groups."""
    user = await view.api.call("GET", _path(view))
    if user.problem:
        return await view.page("problem.html", user)
    groups, all_groups = await view.api.call("GET", _path(view, "/groups")), await view.api.call("GET", "/admin/groups")
    for answer in (groups, all_groups):
        # Groups that cannot be read would be shown as none.
        if answer.problem:
            return await view.page("problem.html", answer)
    mine = [group["name"] for group in groups.body["groups"]]
    free = [group["name"] for group in all_groups.body["groups"] if group["name"] not in mine]
    return await view.page("user.html", refused, user=user.body, groups=mine, free=free, moment=moment)


async def act(view: View) -> Response:
    """Do one thing with a user."""
    action = view.value("action")
    if action not in _ACTIONS:
        return view.go(USERS)
    if action in _CONFIRMED and not view.value("confirmed"):
        return await _confirmation(view, action)
    method, path = _ACTIONS[action]
    answer = await view.call(method, _path(view, path))
    if answer.problem:
        return await view.again(show_user, answer)
    if action == "delete":
        return view.go(USERS, done="user-deleted")
    return view.go(_USER, name=view.value("name"), done=f"user-{action}")


async def _confirmation(view: View, action: str) -> Response:
    user = await view.api.call("GET", _path(view))
    if user.problem:
        return await view.page("problem.html", user)
    return await view.page("confirm.html", action=action, name=view.value("name"), user=user.body)


async def change_groups(view: View) -> Response:
    """Add a user to a group, or remove them."""
    method = "DELETE" if view.value("action") == "remove" else "PUT"
    answer = await view.call(method, _path(view, f"/groups/{quote(view.value('group'), safe='')}"))
    if answer.problem:
        return await view.again(show_user, answer)
    return view.go(_USER, name=view.value("name"), done="groups")


def _path(view: View, rest: str = "") -> str:
    return f"/admin/users/{quote(view.value('name'), safe='') or '-'}{rest}"
