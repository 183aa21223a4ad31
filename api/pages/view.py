"""One request for a page: its form, its language, its calls of the API, and its response."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.pages import texts, typed
from api.pages.client import Answer, ApiClient
from api.pages.context import context_of
from api.pages.forms import TOKEN, form_identity
from api.pages.places import SIGN_IN, here, located
from api.pages.rendering import Pages
from api.pages.return_to import allowed
from api.sessions.cookies import ATTRIBUTES, Cookies
from api.web.same_site import is_same_site
from cognito_tokens import strict_json

# After these the user must sign in, and then comes back.
_SIGN_IN_AGAIN = {"invalid-token", "session-ended", "login-too-old"}
_YEAR = 365 * 24 * 3600


class View:
    """A request for a page."""

    def __init__(self, request: Request, form: dict[str, str]) -> None:
        """Take the request and its form, which is empty for GET."""
        self.request = request
        self.pages: Pages = request.app.state.pages
        self._is_form = request.method == "POST"
        self.is_foreign = self._is_form and not is_same_site(request.headers, frozenset())
        # What another site fills in is not shown, either: a person would send it as their own.
        self.form = {} if self.is_foreign else form
        self.texts = self.pages.languages.choose(request)
        self.cookies: Cookies = request.app.state.cookies
        self.session = self.cookies.read(request.headers)
        identity, new_cookie = form_identity(request, self.session)
        # For a session this is its CSRF token, too.
        self.form_token = self.cookies.csrf_token(identity)
        self.api = ApiClient(request, self.texts.language, self.form_token)
        is_ours = self.cookies.is_csrf_token(self.form.get(TOKEN, ""), identity)
        self._is_genuine = not self._is_form or is_ours
        # The form of another site comes without the browser's own cookie, which must not be replaced.
        if new_cookie and not self.is_foreign:
            self.api.add_cookie(new_cookie)
        if not self._is_form:
            self.form = typed.kept(self)
        self.return_to = allowed(self.value("return_to"), self.pages.return_origins) or ""

    def value(self, name: str) -> str:
        """Return a field of the form; for GET, a parameter of the URL."""
        given = self.form if self._is_form else self.request.query_params
        return given.get(name, "")

    @property
    def here(self) -> str:
        """The page that is shown, or that has the form."""
        return here(self.request, self.value("back"))

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
        if refused and refused.problem in _SIGN_IN_AGAIN:
            return self.sign_in_again(refused.problem)
        if self.form and not self._is_form and not refused:
            self.api.add_cookie(typed.CLEARED)
        html = self.pages.render(template, context_of(self, refused) | values)
        status = refused.status if refused else HTTPStatus.OK
        # Status 401 would need a challenge; a page asks by its form (RFC 9110, section 11.6.1).
        response = HTMLResponse(html, HTTPStatus.FORBIDDEN if status == HTTPStatus.UNAUTHORIZED else status)
        if refused and refused.retry_after:
            response.headers["Retry-After"] = refused.retry_after
        return self.completed(response)

    async def again(self, show: "Show", answer: Answer) -> Response:
        """Show the page that has the form of a refused action; its data is not read where the user must sign in."""
        if answer.problem in _SIGN_IN_AGAIN:
            return self.sign_in_again(answer.problem)
        return await show(self, answer)

    def go(self, address: str, **query: str) -> Response:
        """Return a redirect that is followed by GET; a path of this service begins with /account."""
        parameters = {name: value for name, value in query.items() if value}
        separator = "&" if "?" in address else "?"
        target = located(self.request, address) + (f"{separator}{urlencode(parameters)}" if parameters else "")
        return self.completed(RedirectResponse(target, HTTPStatus.SEE_OTHER))

    def sign_in_again(self, reason: str) -> Response:
        """Return a redirect to the page to sign in, which leads back here; what was typed is there again."""
        if self._is_form and self._is_genuine:
            typed.keep(self)
        reason = "login-too-old" if reason == "login-too-old" else ""
        return self.go(SIGN_IN, return_to=self.return_to or self.here, reason=reason)

    def end_session(self) -> None:
        """Forget the session in this browser."""
        for cookie in self.cookies.cleared():
            self.api.add_cookie(cookie)

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


# A page that can show the problem of an action.
Show = Callable[[View, Answer], Awaitable[Response]]
