"""Everything that may happen next: a step of a request, a new one, a crash, expiry, an operator."""

from collections.abc import Iterator

from tests.model.requests import RUN
from tests.model.rule import START, Account, Environment, Move, Rule, State
from tests.model.world import can, confirm, each, keep, new_code, set_password, sign_up, spend


def moves(environment: Environment, state: State) -> Iterator[Move]:
    """Yield each possible next step."""
    for request in dict.fromkeys(state.requests):
        yield from RUN[request.kind](environment.rule, state, request)
        if can(state, "crash"):
            yield Move("crash", keep(spend(state, "crash"), request), request, result="crash")
    if len(state.requests) < environment.concurrent:
        yield from _starts(environment, state)
    yield from _late_calls(state)
    yield from _others(environment, state)


def _starts(environment: Environment, state: State) -> Iterator[Move]:
    has_signed_up = environment.owner == "careless" or state.owner_signed_up
    may = {
        "owner verify": has_signed_up and state.account.code,
        "owner verify with password": has_signed_up and state.account.code,
        "owner reset": state.account.reset_code,
    }
    for event, request in START.items():
        if can(state, event) and may.get(event, True):
            started = state.started + environment.numbered
            new = request._replace(number=started)
            after = spend(state, event)._replace(started=started)
            yield Move(event, after._replace(requests=tuple(sorted((*after.requests, new)))))


def _late_calls(state: State) -> Iterator[Move]:
    for call in dict.fromkeys(state.late):
        left = list(state.late)
        left.remove(call)
        after = state._replace(late=tuple(left))
        match call[0]:
            case "sign up":
                yield Move(f"late sign up, {call[1]}", sign_up(after, call[1])[0])
            case "confirm":
                yield Move("late confirm", confirm(after, "right")[0])
            case _:
                yield Move(f"late set password, {call[1]}", set_password(after, "right", call[1])[0])


def _others(environment: Environment, state: State) -> Iterator[Move]:
    status = state.account.status
    for person in ("owner", "stranger"):
        if can(state, f"{person} resend") and status == "unconfirmed":
            yield Move(f"{person} resend", new_code(spend(state, f"{person} resend"), "verify"))
        if can(state, f"{person} forgot") and status in {"confirmed", "reset required"}:
            yield Move(f"{person} forgot", new_code(spend(state, f"{person} forgot"), "reset"))
    if can(state, "restart") and state.requests:
        after = spend(state, "restart")
        while after.requests:
            after = keep(after, after.requests[0])
        yield Move("restart", after)
    if can(state, "entry expires") and state.store.attempts:
        yield from _expiries(environment.rule, state)
    if can(state, "code expires") and state.account.code:
        yield Move("code expires", new_code(spend(state, "code expires"), "verify", live=False))
    if can(state, "unconfirmed user is deleted") and status == "unconfirmed":
        gone = spend(state, "unconfirmed user is deleted")._replace(account=Account())
        yield Move("unconfirmed user is deleted", new_code(gone, "verify", live=False))
    if can(state, "user is deleted") and status == "confirmed":
        gone = new_code(spend(state, "user is deleted")._replace(account=Account()), "reset", live=False)
        gone = gone._replace(store=gone.store._replace(sub="deleted" if gone.store.sub else ""))
        # Tokens of a deleted user.
        gone = each(gone, lambda request: request._replace(is_of_deleted=True) if request.step == "look" else request)
        yield Move("user is deleted", gone)
    if can(state, "stranger signs up elsewhere") and status == "none":
        yield Move("stranger signs up elsewhere", sign_up(spend(state, "stranger signs up elsewhere"), "stranger")[0])
    if can(state, "mark expires") and state.store.stands and not environment.rule.marks_do_not_expire:
        yield Move("mark expires", spend(state, "mark expires")._replace(store=state.store._replace(stands=False)))


def _expiries(rule: Rule, state: State) -> Iterator[Move]:
    after = spend(state, "entry expires")
    if rule.entry_ends_as_a_whole:
        after = after._replace(store=state.store._replace(attempts=0, accepted=False), owner_signed_up=False)
        yield Move("entry expires", each(after, lambda request: request._replace(is_counted=False)))
        return
    attempts = state.store.attempts - 1
    store = state.store._replace(attempts=attempts, accepted=state.store.accepted and attempts > 0)
    yield Move("entry expires", after._replace(store=store, owner_signed_up=state.owner_signed_up and attempts > 0))
