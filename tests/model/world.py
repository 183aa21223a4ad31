"""What changes the world: marks, codes, and Cognito."""

from collections.abc import Callable

from tests.model.rule import EVENTS, Account, Kind, Request, Rule, State


def can(state: State, event: str) -> bool:
    return state.budget[EVENTS.index(event)] > 0


def spend(state: State, event: str) -> State:
    place = EVENTS.index(event)
    return state._replace(budget=(*state.budget[:place], state.budget[place] - 1, *state.budget[place + 1 :]))


def swap(state: State, old: Request, new: Request | None = None) -> State:
    requests = list(state.requests)
    requests.remove(old)
    return state._replace(requests=tuple(sorted([*requests, *([new] if new else [])])))


def each(state: State, changes: Callable[[Request], Request]) -> State:
    return state._replace(requests=tuple(sorted(changes(request) for request in state.requests)))


def new_code(state: State, kind: Kind, *, live: bool = True) -> State:
    """A new code, or none, makes the codes that requests carry wrong."""
    state = each(state, lambda request: request._replace(code="wrong") if request.kind == kind else request)
    operation = "confirm" if kind == "verify" else "set password"
    account = state.account._replace(code=live) if kind == "verify" else state.account._replace(reset_code=live)
    return state._replace(account=account, late=tuple(call for call in state.late if call[0] != operation))


def is_quarantined(state: State) -> bool:
    return state.store.stands or any(request.has_mark for request in state.requests)


def stands(state: State) -> State:
    """A mark without a request: requests that read the marks before have not seen it."""
    state = state._replace(store=state.store._replace(stands=True))
    return each(state, lambda request: request._replace(has_seen=False))


def lift(rule: Rule, state: State, request: Request) -> State:
    """Lift on behalf of ``request``, which is over."""
    state = swap(state, request)
    if not rule.lifts_what_stood_before:
        state = each(state, lambda other: other._replace(has_mark=False))
    if request.has_seen or not rule.lifts_what_stood_before:
        state = state._replace(store=state.store._replace(stands=False))
    return state


def keep(state: State, request: Request) -> State:
    """End ``request``; its mark stays."""
    state = swap(state, request)
    return stands(state) if request.has_mark else state


# Cognito.


def sign_up(state: State, password: str) -> tuple[State, str]:
    if state.account.status != "none":
        return state, "exists"
    return new_code(state._replace(account=Account("unconfirmed", password)), "verify"), "ok"


def confirm(state: State, code: str) -> tuple[State, str]:
    if state.account.status not in {"none", "unconfirmed"}:
        return state, "already"
    if state.account.status == "none" or code == "wrong" or not state.account.code:
        return state, "mismatch"
    state = new_code(state, "verify", live=False)
    return state._replace(account=state.account._replace(status="confirmed")), "ok"


def set_password(state: State, code: str, password: str) -> tuple[State, str]:
    if state.account.status not in {"confirmed", "reset required"} or code == "wrong" or not state.account.reset_code:
        return state, "mismatch"
    state = new_code(state, "reset", live=False)
    return state._replace(account=state.account._replace(status="confirmed", password=password)), "ok"


def is_password(state: State, password: str) -> bool:
    return state.account.status == "confirmed" and state.account.password == password
