"""The pages of a user's own account."""

import json
from typing import Any

from fastapi import Response

from api.pages.client import Answer
from api.pages.places import HOME, SIGN_IN
from api.pages.view import View


async def show_account(view: View, refused: Answer | None = None) -> Response:
    """Show the profile."""
    profile = await view.api.call("GET", "/me")
    if profile.problem:
        return await view.page("problem.html", profile)
    return await view.page("account.html", refused, profile=profile.body, is_admin=await is_administrator(view))


async def change_profile(view: View) -> Response:
    """Change the attributes; an empty one is removed."""
    body = {name: view.value(name) or None for name in view.pages.profile_attributes if name in view.form}
    answer = await view.call("PATCH", "/me", body)
    return await view.again(show_account, answer) if answer.problem else view.go(HOME, done="profile-changed")


async def change_address(view: View) -> Response:
    """Begin to change the address: a code is sent to the new one."""
    answer = await view.call("PATCH", "/me", {"email": view.value("email")})
    if answer.problem:
        return await view.again(show_account, answer)
    return view.go(f"{HOME}/email/verify", done="code-sent")


async def show_verify_address(view: View) -> Response:
    """Show the form for the code that was sent to the new address."""
    return await view.page("verify_email.html", await view.call("GET", "/session"))


async def verify_address(view: View) -> Response:
    """Take the new address."""
    answer = await view.call("POST", "/me/email/verify", {"code": view.value("code")})
    return await view.page("verify_email.html", answer) if answer.problem else view.go(HOME, done="address-changed")


async def resend_address(view: View) -> Response:
    """Send another code to the new address."""
    answer = await view.call("POST", "/me/email/resend")
    if answer.problem:
        return await view.page("verify_email.html", answer)
    return view.go(f"{HOME}/email/verify", done="code-sent")


async def export(view: View) -> Response:
    """Return everything that is stored about the user, as a file."""
    answer = await view.call("GET", "/me/export")
    if answer.problem:
        return await view.again(show_account, answer)
    name = {"Content-Disposition": 'attachment; filename="account.json"'}
    return view.completed(
        Response(json.dumps(answer.body, indent=2, ensure_ascii=False), headers=name, media_type="application/json")
    )


async def show_delete(view: View) -> Response:
    """Ask for confirmation."""
    return await view.page("delete.html", await view.call("GET", "/session"))


async def delete(view: View) -> Response:
    """Delete the account."""
    answer = await view.call("DELETE", "/me")
    if answer.problem:
        return await view.page("delete.html", answer)
    view.end_session()
    return view.go(SIGN_IN, done="account-deleted")


async def is_administrator(view: View) -> bool:
    """Return whether the user may see the pages of administration."""
    if view.pages.admin_group is None:
        return False
    answer = await view.api.call("GET", "/session")
    body: dict[str, Any] = {} if answer.problem else answer.body
    return view.pages.admin_group in body.get("groups", [])
