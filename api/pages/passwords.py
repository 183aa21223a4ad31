"""The pages to recover and to change a password."""

from fastapi import Response

from api.pages.places import HOME, SIGN_IN
from api.pages.sign_up import password_needs
from api.pages.view import View


async def show_forgot(view: View) -> Response:
    """Show the form for the address."""
    return await view.page("forgot.html")


async def forgot(view: View) -> Response:
    """Send a code, and ask for it."""
    answer = await view.call("POST", "/password/forgot", {"email": view.value("email")})
    if answer.problem:
        return await view.page("forgot.html", answer)
    return view.go(f"{HOME}/password/reset", email=view.value("email"), return_to=view.return_to, done="code-sent")


async def show_reset(view: View) -> Response:
    """Show the form for the code and the new password."""
    return await view.page("reset.html", needs=await password_needs(view))


async def reset(view: View) -> Response:
    """Set the new password."""
    body = {name: view.value(name) for name in ("email", "code", "new_password")}
    answer = await view.call("POST", "/password/reset", body)
    if answer.problem:
        return await view.page("reset.html", answer, needs=await password_needs(view))
    done = "password-set" if answer.body is None else "password-set-sessions-remain"
    return view.go(SIGN_IN, email=view.value("email"), return_to=view.return_to, done=done)


async def show_change(view: View) -> Response:
    """Show the form for the old and the new password."""
    answer = await view.call("GET", "/session")
    return await view.page("password.html", answer, needs=await password_needs(view))


async def change(view: View) -> Response:
    """Change the password, which ends every session."""
    body = {name: view.value(name) for name in ("old_password", "new_password")}
    answer = await view.call("POST", "/password/change", body)
    if answer.problem:
        return await view.page("password.html", answer, needs=await password_needs(view))
    view.end_session()
    return view.go(SIGN_IN, done="password-changed")
