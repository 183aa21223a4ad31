"""Challenge sessions: random, short-lived, for one step of one sign-in, gone when it is answered.

They live in memory: a restart ends sign-ins that are under way, as their minutes would.
"""

import secrets
import time
from dataclasses import dataclass, field

from local.desk.emulator import Json
from local.desk.refusals import Refusal, not_authorized

_WRONG_ANSWERS = 3
_open: dict[str, "ChallengeSession"] = {}


@dataclass
class ChallengeSession:
    """One step: which user at which client may answer which challenges, and what the answer is held against."""

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
    """Return the session of ``token``; raise NotAuthorizedException when it is not open for this."""
    session = _open.get(str(token))
    if session is None or client_id not in {None, session.client_id} or challenge not in session.challenges:
        raise not_authorized("Invalid session for the user.")
    if time.time() >= session.expires:
        raise not_authorized("Invalid session for the user, session is expired.")
    return session


def close(token: object) -> None:
    """End the session; raise NotAuthorizedException when another answer has ended it."""
    if _open.pop(str(token), None) is None:
        raise not_authorized("Invalid session for the user, session can only be used once.")


def wrong_answer(token: object, message: str) -> Refusal:
    """Return CodeMismatchException; the third one ends the session."""
    session = _open.get(str(token))
    if session:
        session.wrong_answers += 1
        if session.wrong_answers >= _WRONG_ANSWERS:
            _open.pop(str(token), None)
    return Refusal("CodeMismatchException", message)
