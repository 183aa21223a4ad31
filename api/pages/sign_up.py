"""The pages to sign up and to verify an address."""

from typing import Any

from fastapi import Response

from api.pages.places import SIGN_IN
from api.pages.sign_in import after_step
from api.pages.view import View


async def show_sign_up(view: View) -> Response:
    """Show the form, with the rules for passwords."""
    return await view.page("sign_up.html", needs=await password_needs(view))


async def sign_up(view: View) -> Response:
    """Register, and ask for the code."""
    body: dict[str, Any] = {"email": view.value("email"), "auto_sign_in": True}
    if view.value("way") != "without-password":
        body["password"] = view.value("password")
    answer = await view.call("POST", "/signup", body)
    if answer.problem:
        return await view.page("sign_up.html", answer, needs=await password_needs(view))
    return await view.page("verify.html", session=answer.body.get("session", ""), sent=view.texts("verify.sent"))


async def show_verify(view: View) -> Response:
    """Show the form for the code."""
    return await view.page("verify.html", session="", sent=None)


async def verify(view: View) -> Response:
    """Confirm the account, and sign in where the password is known."""
    given = {name: view.value(name) for name in ("password", "session") if view.value(name)}
    answer = await view.call("POST", "/verify", {"email": view.value("email"), "code": view.value("code"), **given})
    if answer.problem == "password-reset-required":
        return await after_step(view, answer)
    if answer.problem:
        return await view.page("verify.html", answer, session=view.value("session"), sent=None)
    if answer.body:
        return await after_step(view, answer)
    return view.go(SIGN_IN, return_to=view.return_to, email=view.value("email"), done="verified")


async def resend(view: View) -> Response:
    """Send another code."""
    answer = await view.call("POST", "/verify/resend", {"email": view.value("email")})
    sent = None if answer.problem else view.texts("verify.sent")
    return await view.page("verify.html", answer, session=view.value("session"), sent=sent)


async def password_needs(view: View) -> list[str]:
    """Return what a new password needs, in the page's language; nothing if that lacks a part of it."""
    answer = await view.api.call("GET", "/password/rules")
    needs = [view.texts.translated(need) for need in answer.body["needs"]] if not answer.problem else []
    return [need for need in needs if need] if all(needs) else []
