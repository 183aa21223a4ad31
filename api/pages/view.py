"""One request for a page: its form, its language, its calls of the API, and its response."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup
from starlette.exceptions import HTTPException

from api.kit.totp import qr_code
from api.pages import texts
from api.pages.client import Answer, ApiClient
from api.pages.forms import TOKEN, form_identity, is_genuine, read_form
from api.pages.rendering import LOGOS, THEME, Pages
from api.pages.return_to import allowed
from api.sessions.cookies import ATTRIBUTES, Cookies
from api.web import time_budget
from api.web.problems import HTTP_PROBLEMS
from api.web.return_path import is_return_path
from api.web.route_path import root_path, route_path
from api.web.same_site import is_same_site
from cognito_tokens import strict_json

HOME, SIGN_IN = "/account", "/account/sign-in"
_SIGNED_OUT = {"invalid-token", "session-ended"}
# Of the URL, for one showing of a page.
_PASSING = {"done", "reason", "lang"}
# As /oauth/login takes it.
_LONGEST_RETURN = 512
# More than any otpauth address; a code of 3,000 characters takes a tenth of a second.
_LONGEST_QR = 400
_YEAR = 365 * 24 * 3600


class View:
    """A request for a page."""

    def __init__(self, request: Request, form: dict[str, str]) -> None:
        """Take the request and its form, which is empty for GET."""
        self.request = request
        self.pages: Pages = request.app.state.pages
        # What another site fills in is not shown, either: a person would send it as their own.
        self.form = form if is_same_site(request.headers, frozenset()) else {}
        self.texts = self.pages.languages.choose(request)
        self.api = ApiClient(request, self.texts.language)
        self._identity, new_cookie = form_identity(request)
        self._is_genuine = request.method != "POST" or is_genuine(request, self._identity, self.form)
        if new_cookie:
            self.api.add_cookie(new_cookie)
        self.return_to = allowed(self.value("return_to"), self.pages.return_origins) or ""

    def value(self, name: str) -> str:
        """Return a field of the form, or a parameter of the URL."""
        return self.form.get(name, self.request.query_params.get(name, ""))

    def json_value(self, name: str) -> dict[str, Any]:
        """Return a field that a script has filled in with a JSON object; empty where it is none."""
        try:
            found: Any = strict_json.loads(self.value(name).encode())
        except ValueError:
            return {}
        return found if strict_json.is_object(found) else {}

    async def call(self, method: str, path: str, body: object = None, query: dict[str, str] | None = None) -> Answer:
        """Call the API; a form that is not this browser's is refused, as the API refuses a request without its token.

        The page then shows what was typed again, with a token that is.
        """
        if not self._is_genuine:
            return Answer(HTTPStatus.FORBIDDEN, problem="cross-site-request")
        return await self.api.call(method, path, body, query)

    async def page(self, template: str, answer: Answer | None = None, **values: Any) -> Response:  # noqa: ANN401 - for a template
        """Return a page, with the problem of ``answer`` if there is one; without a session, the page to sign in."""
        refused = answer if answer and answer.problem else None
        if refused and refused.problem in _SIGNED_OUT | {"login-too-old"}:
            return self.sign_in_again(refused.problem or "")
        html = self.pages.render(template, self._context(refused) | values)
        status = refused.status if refused else HTTPStatus.OK
        # Status 401 would need a challenge; a page asks by its form (RFC 9110, section 11.6.1).
        response = HTMLResponse(html, HTTPStatus.FORBIDDEN if status == HTTPStatus.UNAUTHORIZED else status)
        if refused and refused.retry_after:
            response.headers["Retry-After"] = refused.retry_after
        return self.completed(response)

    def go(self, address: str, **query: str) -> Response:
        """Return a redirect that is followed by GET; a path of this service begins with /account."""
        parameters = {name: value for name, value in query.items() if value}
        separator = "&" if "?" in address else "?"
        target = self._located(address) + (f"{separator}{urlencode(parameters)}" if parameters else "")
        return self.completed(RedirectResponse(target, HTTPStatus.SEE_OTHER))

    def sign_in_again(self, reason: str) -> Response:
        """Return a redirect to the page to sign in, which leads back here."""
        reason = "login-too-old" if reason == "login-too-old" else ""
        return self.go(SIGN_IN, return_to=self.return_to or self.here, reason=reason)

    @property
    def root(self) -> str:
        """The path under which a proxy serves the API."""
        return root_path(self.request.scope)

    @property
    def here(self) -> str:
        """This page; for a form, the page that has it."""
        if self.request.method != "POST":
            query = [row for row in self.request.query_params.multi_items() if row[0] not in _PASSING]
            return _with_query(route_path(self.request.scope), urlencode(query))
        back = self.value("back")
        return back if is_return_path(back) and _is_ours(back) else HOME

    def _context(self, refused: Answer | None) -> dict[str, Any]:
        t = self.texts
        query = self.request.query_params
        done, reason = query.get("done", ""), query.get("reason") or query.get("error", "")
        cookies: Cookies = self.request.app.state.cookies
        return {
            "t": t,
            "pages": self.pages,
            "languages": [(known.language, known("language.name")) for known in self.pages.languages.all.values()],
            "form": self.form,
            "email": self.value("email"),
            "errors": {name: t.sentence(text) for name, text in (refused.fields if refused else ()) if name},
            "problem": self._problem(refused),
            "done": t.get(f"done.{done}"),
            "reason": t.get(f"problem.{reason}"),
            "return_to": self.return_to,
            "token": (TOKEN, cookies.csrf_token(self._identity)),
            "root": self.root,
            "path": route_path(self.request.scope),
            "here": self.here,
            # A step that follows a form cannot be shown again in another language.
            "can_change_language": self.request.method != "POST",
            "provider_return": self._located(self._provider_return()),
            "file": self._file,
            "qr": _qr,
            "in_language": self._in_language,
            "logo": next((name for name in LOGOS if name in self.pages.files), None),
            "has_theme": THEME in self.pages.files,
        }

    def _in_language(self, code: str) -> str:
        """Return this page's address in another language."""
        query = dict(self.request.query_params) | {"lang": code}
        query |= {"return_to": self.return_to} if self.return_to else {}
        return f"{self.request.url.path}?{urlencode(query)}"

    def _located(self, address: str) -> str:
        """Return an address, with the prefix of a proxy in front of ours."""
        return f"{self.root}{address}" if _is_ours(address) else address

    def _provider_return(self) -> str:
        is_path = is_return_path(self.return_to) and len(self.return_to) <= _LONGEST_RETURN
        return self.return_to if is_path else HOME

    def _file(self, name: str) -> str:
        return f"{self.root}{HOME}/static/{name}?v={self.pages.version}"

    def _problem(self, refused: Answer | None) -> str | None:
        if not refused:
            return None
        whole = [self.texts.sentence(text) for name, text in refused.fields if not name]
        known = self.texts.get(f"problem.{refused.problem}") or self.texts("problem.unknown")
        return " ".join([known, *whole])

    def completed(self, response: Response) -> Response:
        """Return a response with the cookies of the API's answers and the headers of a page."""
        response.headers["Content-Security-Policy"] = self.pages.policy
        # With no-referrer, browsers send a form's Origin as null.
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Content-Language"] = self.texts.language
        if "lang" in self.request.query_params:
            chosen = f"{texts.COOKIE}={self.texts.language}; {ATTRIBUTES}; Max-Age={_YEAR}"
            self.api.set_cookies.append(chosen)
        for cookie in self.api.set_cookies:
            response.headers.append("Set-Cookie", cookie)
        return response


Handler = Callable[[View], Awaitable[Response]]


def endpoint(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint of a route for ``handler``."""

    async def respond(request: Request) -> Response:
        try:
            form = await read_form(request) if request.method == "POST" else {}
        except HTTPException as error:
            return await problem_page(request, error)
        view = View(request, form)
        try:
            async with asyncio.timeout(time_budget.PAGE_SECONDS):
                return await handler(view)
        except TimeoutError:
            return await view.page("problem.html", Answer(HTTPStatus.GATEWAY_TIMEOUT, problem="upstream-timeout"))

    return respond


def _qr(text: str) -> Markup:
    # An SVG of squares, without any of the text.
    return Markup(qr_code(text) if text.isascii() and len(text) <= _LONGEST_QR else "")  # noqa: S704 - see above


def _is_ours(address: str) -> bool:
    return f"{address.partition('?')[0]}/".startswith(f"{HOME}/")


async def problem_page(request: Request, error: HTTPException) -> Response:
    """Return the page for what is no form, or no page."""
    problem = HTTP_PROBLEMS[error.status_code]
    response = await View(request, {}).page("problem.html", Answer(problem.status, problem=problem.slug))
    response.headers.update(error.headers or {})
    return response


def _with_query(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path
