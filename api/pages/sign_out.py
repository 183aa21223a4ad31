"""The buttons to sign out."""

from fastapi import Response

from api.pages.account import show_account
from api.pages.places import SIGN_IN
from api.pages.view import View


async def sign_out(view: View) -> Response:
    """End the session of this browser."""
    if view.session is None:
        return _signed_out(view)
    answer = await view.call("POST", "/revoke", {"refresh_token": view.session.refresh_token})
    if answer.problem:
        return await view.again(show_account, answer)
    return _signed_out(view)


async def sign_out_everywhere(view: View) -> Response:
    """End every session of the user."""
    answer = await view.call("POST", "/logout")
    if answer.problem:
        return await view.again(show_account, answer)
    return _signed_out(view)


def _signed_out(view: View) -> Response:
    view.end_session()
    return view.go(SIGN_IN, done="signed-out")
