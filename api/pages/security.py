"""The page of a user's second factors, passkeys, devices and sessions."""

import json
from datetime import UTC, datetime

from fastapi import Response

from api.pages.client import Answer
from api.pages.places import HOME
from api.pages.view import View

SECURITY = f"{HOME}/security"


async def show_security(view: View, refused: Answer | None = None) -> Response:
    """Show them; lists that the pool does not offer are left out."""
    profile = await view.api.call("GET", "/me")
    if profile.problem:
        return await view.page("problem.html", profile)
    lists = {name: await view.api.call("GET", f"/me/{name}") for name in ("passkeys", "devices", "sessions")}
    # An empty list where one cannot be read would say that there is no other session.
    unread = [answer for answer in lists.values() if answer.problem and answer.problem != "feature-not-enabled"]
    return await view.page(
        "security.html",
        refused or next(iter(unread), None),
        factors=profile.body["second_factors"],
        moment=moment,
        **{name: None if answer.problem else answer.body for name, answer in lists.items()},
    )


async def set_up_authenticator(view: View) -> Response:
    """Show a new secret with its QR code, and ask for the first code."""
    answer = await view.call("POST", "/me/mfa/totp")
    if answer.problem:
        return await view.again(show_security, answer)
    return await view.page("authenticator.html", totp=answer.body)


async def verify_authenticator(view: View) -> Response:
    """Verify the first code, and ask for one at each sign-in from now on."""
    answer = await view.call("POST", "/me/mfa/totp/verify", {"code": view.value("code")})
    if not answer.problem:
        answer = await view.call("PUT", "/me/mfa", {"totp": {"enabled": True, "preferred": True}})
    if answer.problem:
        totp = {name: view.value(name) for name in ("secret_code", "otpauth_uri")}
        return await view.page("authenticator.html", answer, totp=totp)
    return view.go(SECURITY, done="factor-on")


async def set_second_factor(view: View) -> Response:
    """Switch a second factor on or off."""
    is_on = view.value("enabled") == "true"
    answer = await view.call("PUT", "/me/mfa", {view.value("factor"): {"enabled": is_on, "preferred": is_on}})
    return await _after(view, answer, "factor-on" if is_on else "factor-off")


async def start_passkey(view: View) -> Response:
    """Show the page with the script that asks the browser for a passkey."""
    answer = await view.call("POST", "/me/passkeys/options")
    if answer.problem:
        return await view.again(show_security, answer)
    return await view.page("passkey.html", options=json.dumps(answer.body))


async def add_passkey(view: View) -> Response:
    """Add what the browser made."""
    answer = await view.call("POST", "/me/passkeys", {"credential": view.json_value("credential")})
    return await _after(view, answer, "passkey-added")


async def delete_passkey(view: View) -> Response:
    """Delete a passkey."""
    return await _after(view, await view.call("DELETE", f"/me/passkeys/{_id(view)}"), "passkey-deleted")


async def forget_device(view: View) -> Response:
    """Forget a device."""
    return await _after(view, await view.call("DELETE", f"/me/devices/{_id(view)}"), "device-forgotten")


async def end_session(view: View) -> Response:
    """End another session."""
    return await _after(view, await view.call("DELETE", f"/me/sessions/{_id(view)}"), "session-ended")


async def _after(view: View, answer: Answer, done: str) -> Response:
    return await view.again(show_security, answer) if answer.problem else view.go(SECURITY, done=done)


def _id(view: View) -> str:
    # An id has no character that would need quoting; the API refuses others.
    return "".join(sign for sign in view.value("id") if sign.isalnum() or sign in "_=-") or "-"


def moment(seconds: int | None) -> str:
    """Return a time as text, in UTC; empty if it is not known."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC" if seconds else ""
