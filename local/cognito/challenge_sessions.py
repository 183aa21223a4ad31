"""Challenge sessions: random, short-lived, valid once for one step of one sign-in.

They are kept in memory. A restart ends the sign-ins in progress, which would expire within minutes anyway.
"""

import secrets
import time
from dataclasses import dataclass, field

from local.cognito.emulator import Json
from local.cognito.refusals import Refusal, not_authorized

_WRONG_ANSWERS = 3
_open: dict[str, "ChallengeSession"] = {}


@dataclass
class ChallengeSession:
    """One step of a sign-in: client, user, allowed challenges, and the data to check the response against."""

    client_id: str
    username: str
    challenges: frozenset[str]
    expires: float
    kept: Json = field(default_factory=dict[str, object])
    wrong_answers: int = 0


def begin(client: Json, username: str, *challenges: str, **kept: object) -> str:
    """Open a session for ``challenges`` and return its token."""
    now = time.time()
    for token in [token for token, session in _open.items() if session.expires <= now]:
        _open.pop(token, None)
    token = secrets.token_urlsafe(64)
    expires = now + 60 * (client.get("AuthSessionValidity") or 3)
    _open[token] = ChallengeSession(client["ClientId"], username, frozenset(challenges), expires, kept)
    return token


def read(token: object, client_id: str | None, challenge: str) -> ChallengeSession:
    """Return the open session of ``token``; raise NotAuthorizedException if it does not match client and challenge."""
    session = _open.get(str(token))
    if session is None or client_id not in {None, session.client_id} or challenge not in session.challenges:
        raise not_authorized("Invalid session for the user.")
    if time.time() >= session.expires:
        raise not_authorized("Invalid session for the user, session is expired.")
    return session


def close(token: object) -> None:
    """Close the session; raise NotAuthorizedException if it has already been used."""
    if _open.pop(str(token), None) is None:
        raise not_authorized("Invalid session for the user, session can only be used once.")


def wrong_answer(token: object, message: str) -> Refusal:
    """Count a wrong response and return CodeMismatchException; the third one ends the session."""
    session = _open.get(str(token))
    if session:
        session.wrong_answers += 1
        if session.wrong_answers >= _WRONG_ANSWERS:
            _open.pop(str(token), None)
    return Refusal("CodeMismatchException", message)
