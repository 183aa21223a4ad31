"""The routes of the pages."""

from pathlib import Path

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Route

from api.pages import account, administration, passwords, security, sign_in, sign_out, sign_up
from api.pages.endpoint import Handler, endpoint, problem_page
from api.pages.places import HOME
from api.pages.view import View
from api.web.files import file_endpoint
from api.web.route_path import root_path, route_path

# Paths have no parameters, so that no cookie session is read before the page calls the API.
_GET: dict[str, Handler] = {
    "": account.show_account,
    "/delete": account.show_delete,
    "/email/verify": account.show_verify_address,
    "/password": passwords.show_change,
    "/password/forgot": passwords.show_forgot,
    "/password/reset": passwords.show_reset,
    "/security": security.show_security,
    "/sign-in": sign_in.show_sign_in,
    "/sign-up": sign_up.show_sign_up,
    "/signed-in": sign_in.lead_on,
    "/users": administration.show_users,
    "/users/user": administration.show_user,
    "/verify": sign_up.show_verify,
}
_POST: dict[str, Handler] = {
    "/delete": account.delete,
    "/email": account.change_address,
    "/email/resend": account.resend_address,
    "/email/verify": account.verify_address,
    "/export": account.export,
    "/password": passwords.change,
    "/password/forgot": passwords.forgot,
    "/password/reset": passwords.reset,
    "/profile": account.change_profile,
    "/security/authenticator": security.set_up_authenticator,
    "/security/authenticator/verify": security.verify_authenticator,
    "/security/factors": security.set_second_factor,
    "/security/devices/forget": security.forget_device,
    "/security/passkeys": security.add_passkey,
    "/security/passkeys/delete": security.delete_passkey,
    "/security/passkeys/new": security.start_passkey,
    "/security/sessions/end": security.end_session,
    "/sign-in": sign_in.sign_in,
    "/sign-in/challenge": sign_in.respond,
    "/sign-in/passkey": sign_in.begin_passkey,
    "/sign-out": sign_out.sign_out,
    "/sign-out-everywhere": sign_out.sign_out_everywhere,
    "/sign-up": sign_up.sign_up,
    "/users/action": administration.act,
    "/users/groups": administration.change_groups,
    "/users/invite": administration.invite,
    "/verify": sign_up.verify,
    "/verify/resend": sign_up.resend,
}
# Pages name a file with its version.
_KEPT = "public, max-age=31536000, immutable"


def page_routes(files: dict[str, Path]) -> list[BaseRoute]:
    """Return the pages, and the files that they load."""
    # A reload of what followed a form, or a link to it, leads to a page.
    shown = {path: _redirect_to(_page_above(path)) for path in _POST} | _GET
    return [
        *(Route(f"{HOME}{path}", endpoint(handler), methods=["GET"]) for path, handler in shown.items()),
        *(Route(f"{HOME}{path}", endpoint(handler), methods=["POST"]) for path, handler in _POST.items()),
        *(Route(f"{HOME}/static/{name}", file_endpoint(path, _KEPT), methods=["GET"]) for name, path in files.items()),
        Route(f"{HOME}/{{path:path}}", _missing, methods=["GET"]),
        Route("/", _home, methods=["GET"]),
    ]


def _page_above(path: str) -> str:
    """Return the nearest page above a form's path."""
    while path not in _GET:
        path = path.rpartition("/")[0]
    return HOME + path


def _redirect_to(target: str) -> Handler:
    async def redirect(view: View) -> Response:
        return view.go(target, return_to=view.return_to)

    return redirect


async def _missing(request: Request) -> Response:
    path = route_path(request.scope)
    if path.endswith("/"):
        return RedirectResponse(f"{root_path(request.scope)}{path.rstrip('/')}", 303)
    return await problem_page(request, HTTPException(404))


async def _home(request: Request) -> Response:
    return RedirectResponse(f"{root_path(request.scope)}{HOME}", 303)
