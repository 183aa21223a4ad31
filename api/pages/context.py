"""What every template may use."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from markupsafe import Markup

from api.kit.totp import qr_code
from api.pages.client import Answer
from api.pages.forms import TOKEN
from api.pages.places import HOME, after_provider, located
from api.pages.rendering import LOGOS, THEME
from api.web.route_path import root_path, route_path

if TYPE_CHECKING:
    from api.pages.view import View

# More than any otpauth address; a code of 3,000 characters takes a tenth of a second.
_LONGEST_QR = 400
# By problem: the field that it is about.
_OF_A_FIELD = {"invalid-code": "code"}


def context_of(view: "View", refused: Answer | None) -> dict[str, Any]:
    """Return the variables of a page; ``refused`` is the answer with a problem, if there is one."""
    request, t, pages = view.request, view.texts, view.pages
    query = request.query_params

    def in_language(code: str) -> str:
        parameters = {**query, "lang": code} | ({"return_to": view.return_to} if view.return_to else {})
        return f"{request.url.path}?{urlencode(parameters)}"

    def file(name: str) -> str:
        return f"{root_path(request.scope)}{HOME}/static/{name}?v={pages.version}"

    return {
        "t": t,
        "pages": pages,
        "languages": [(known.language, known("language.name")) for known in pages.languages.all.values()],
        "form": view.form,
        "email": view.value("email"),
        "errors": _errors(view, refused),
        "problem": _problem(view, refused),
        "done": t.get(f"done.{query.get('done', '')}"),
        "reason": t.get(f"problem.{query.get('reason') or query.get('error', '')}"),
        "return_to": view.return_to,
        "token": (TOKEN, view.form_token),
        "root": root_path(request.scope),
        "path": route_path(request.scope),
        "here": view.here,
        # A step that follows a form cannot be shown again in another language.
        "can_change_language": request.method != "POST",
        "provider_return": located(request, after_provider(view.return_to)),
        "file": file,
        "qr": _qr,
        "in_language": in_language,
        "logo": next((name for name in LOGOS if name in pages.files), None),
        "has_theme": THEME in pages.files,
    }


def _errors(view: "View", refused: Answer | None) -> dict[str, str]:
    if not refused:
        return {}
    if refused.problem in _OF_A_FIELD:
        return {_OF_A_FIELD[refused.problem]: view.texts(f"problem.{refused.problem}")}
    return {name: view.texts.sentence(text) for name, text in refused.fields if name}


def _problem(view: "View", refused: Answer | None) -> str | None:
    if not refused:
        return None
    whole = [view.texts.sentence(text) for name, text in refused.fields if not name]
    problem = "validation-failed" if refused.problem in _OF_A_FIELD else refused.problem
    known = view.texts.get(f"problem.{problem}") or view.texts("problem.unknown")
    return " ".join([known, *whole])


def _qr(text: str) -> Markup:
    # An SVG of squares, without any of the text.
    return Markup(qr_code(text) if text.isascii() and len(text) <= _LONGEST_QR else "")  # noqa: S704 - see above
