"""The pages to sign in, with every challenge of a sign-in."""

import json
import re
from http import HTTPStatus
from typing import Any

from fastapi import Response
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from api.pages.client import Answer
from api.pages.places import HOME, SIGN_IN
from api.pages.view import View
from api.sign_in.challenge_responses import SUPPORTED
from api.sign_in.schemas import ChallengeParameters, ChallengeResponse
from cognito_tokens import strict_json

# The field of a challenge's answer, by its name.
_FIELDS = {
    "CUSTOM_CHALLENGE": "answer",
    "NEW_PASSWORD_REQUIRED": "new_password",
    "PASSWORD": "password",
    "SELECT_CHALLENGE": "answer",
    "SELECT_MFA_TYPE": "answer",
    "WEB_AUTHN": "credential",
}
# A form may carry anything: what would not be an attribute of a user pool is not shown (API type SchemaAttributeType).
_ATTRIBUTE = re.compile(r"[\w:]{1,32}", re.ASCII)
_MOST_ATTRIBUTES = 50
_ELSEWHERE = {"email-not-verified": "verify", "password-reset-required": "password/reset"}
# After these the sign-in begins anew; after others the same step is shown again.
_ENDS = {
    *_ELSEWHERE,
    "action-rejected",
    "challenge-expired",
    "challenge-not-supported",
    "invalid-credentials",
    "request-blocked",
}


async def show_sign_in(view: View) -> Response:
    """Show the form."""
    return await view.page("sign_in.html")


async def lead_on(view: View) -> Response:
    """Go where the sign-in leads, after one at an identity provider."""
    return view.go(view.return_to or HOME)


async def sign_in(view: View) -> Response:
    """Sign in with a password, or begin with a code or a passkey."""
    body: dict[str, Any] = {"email": view.value("email")}
    if (way := view.value("way")) == "password":
        body["password"] = view.value("password")
    else:
        body["preferred_challenge"] = way
    answer = await view.call("POST", "/login", body)
    return await after_step(view, answer)


async def begin_passkey(view: View) -> Response:
    """Return the step of a sign-in by passkey as JSON, for the script that lets the browser offer one.

    The script sends the fields on to ``respond``; ``options`` are for the browser.
    """
    answer = await view.call("POST", "/login", {"email": view.value("email"), "preferred_challenge": "WEB_AUTHN"})
    if answer.problem or answer.body.get("challenge") != "WEB_AUTHN":
        return view.completed(JSONResponse(None, answer.status if answer.problem else HTTPStatus.CONFLICT))
    options = answer.body["parameters"]["credential_request_options"]
    step = {
        "challenge": "WEB_AUTHN",
        "session": answer.body["session"],
        "parameters": json.dumps(answer.body["parameters"]),
    }
    return view.completed(JSONResponse({**step, "options": options}))


async def respond(view: View) -> Response:
    """Answer a challenge."""
    challenge = view.value("challenge")
    body: dict[str, Any] = {"session": view.value("session"), "challenge": challenge}
    field = _FIELDS.get(challenge, "code")
    body[field] = view.value(field)
    if challenge == "WEB_AUTHN":
        body[field] = view.json_value(field)
    if challenge == "NEW_PASSWORD_REQUIRED":
        body["attributes"] = {
            name.partition(".")[2]: text for name, text in view.form.items() if name.startswith("attributes.")
        }
    if challenge == "SELECT_CHALLENGE" and view.value("password"):
        body["password"] = view.value("password")
    try:
        shown = _parameters(view.json_value("parameters"))
    except ValidationError:
        return view.go(SIGN_IN, return_to=view.return_to)
    if challenge not in SUPPORTED:
        return view.go(SIGN_IN, return_to=view.return_to)
    answer = await view.call("POST", "/login/challenge", body)
    if answer.problem and answer.problem not in _ENDS:
        return await _challenge(view, challenge, view.value("session"), shown, answer)
    return await after_step(view, answer)


async def after_step(view: View, answer: Answer) -> Response:
    """Show what follows a step of a sign-in: a problem, a challenge, or the page it leads to."""
    if answer.problem in _ELSEWHERE:
        page = f"{HOME}/{_ELSEWHERE[answer.problem]}"
        return view.go(page, email=view.value("email"), return_to=view.return_to, reason=answer.problem)
    if answer.problem:
        return await view.page("sign_in.html", answer)
    if "challenge" in answer.body:
        found = ChallengeResponse.model_validate(answer.body)
        # The answer to the step before is none to this one.
        view.form = {name: view.value(name) for name in ("email", "back")}
        return await _challenge(view, found.challenge, found.session, found.parameters)
    return await lead_on(view)


async def _challenge(
    view: View, name: str, session: str, parameters: ChallengeParameters, answer: Answer | None = None
) -> Response:
    sent = parameters.model_dump_json(exclude_none=True, exclude={"totp": {"qr_code"}})
    return await view.page("challenge.html", answer, challenge=name, session=session, parameters=parameters, sent=sent)


def _parameters(sent: dict[str, Any]) -> ChallengeParameters:
    """Return what a form has carried on; the picture of a secret is drawn anew."""
    if strict_json.is_object(totp := sent.get("totp")):
        sent = {**sent, "totp": {**totp, "qr_code": ""}}
    found = ChallengeParameters.model_validate(sent)
    if found.required_attributes is None:
        return found
    names = [name for name in found.required_attributes[:_MOST_ATTRIBUTES] if _ATTRIBUTE.fullmatch(name)]
    return found.model_copy(update={"required_attributes": names})
