"""The requests of the API, step by step: the specification of ``api.quarantine`` and of its callers."""

from collections.abc import Callable, Iterator

from tests.model.rule import Ending, Move, Request, Rule, State
from tests.model.world import (
    can,
    confirm,
    each,
    is_password,
    is_quarantined,
    keep,
    lift,
    new_code,
    set_password,
    sign_up,
    spend,
    stands,
    swap,
)


def _end(state: State, request: Request, label: str, result: str) -> Move:
    """The answer of ``request``, which ``state`` no longer contains; note what the invariants are about."""
    events = {result} if request.person == "owner" else set[str]()
    if request.person == "stranger" and result == "tokens":
        events = {"the stranger is in"}
    if request.person == "owner" and request.kind == "verify" and result == "204":
        events = {"the owner has verified"}
    if request.person == "owner" and request.kind == "login" and result == "401" and state.account.password == "owner":
        events = {"the owner is refused"}
    return Move(label, state._replace(events=state.events | events), request, result=result)


def _calls(
    state: State, request: Request, execute: Callable[[State], tuple[State, str]], late: tuple[str, str] | None
) -> Iterator[tuple[State, Request, str, Ending]]:
    """How a call of Cognito may end: the state, the request in it, the outcome, and what was heard."""
    after, outcome = execute(state)
    yield after, _same(after, request), outcome, "heard"
    if not can(state, "fault") or request.is_lost:
        return
    spent = spend(state, "fault")
    after, outcome = execute(spent)
    yield after, _same(after, request), outcome, "executed, lost"
    yield spent, request, "", "not executed"
    if late and can(spent, "late"):
        spent = spend(spent, "late")
        yield spent._replace(late=tuple(sorted((*spent.late, late)))), request, "", "on its way"


def _same(state: State, request: Request) -> Request:
    """Return ``request`` as the call has left it: its code may be used up."""
    return next(other for other in state.requests if other in {request, request._replace(code="wrong")})


def _run_signup(rule: Rule, state: State, request: Request) -> Iterator[Move]:
    attempts = state.store._replace(attempts=min(2, state.store.attempts + 1))
    match request.step:
        case "count":
            counted = state._replace(store=attempts) if rule.counts_before_call else state
            counted = swap(counted, request, request._replace(step="SignUp", is_counted=True))
            owner_signed_up = state.owner_signed_up or request.person == "owner"
            yield Move("count", counted._replace(owner_signed_up=owner_signed_up), request)
        case "SignUp":
            late = ("sign up", request.password)
            for after, same, outcome, ending in _calls(state, request, lambda s: sign_up(s, request.password), late):
                if ending == "heard":
                    new = same._replace(step="record", has_found=outcome == "ok")
                else:
                    new = same._replace(is_lost=True)
                yield Move(f"SignUp -> {outcome}", swap(after, same, new), request, ending)
            if request.is_lost:
                given_up = state if rule.counts_before_call else state._replace(store=attempts)
                yield _end(swap(given_up, request), request, "give up", "5xx")
        case _:
            after = state if rule.counts_before_call else state._replace(store=attempts)
            if request.has_found:
                # One of an older entry takes the place of another, which is then not known either.
                is_accepted = request.is_counted or not rule.acceptance_is_tied
                after = after._replace(store=after.store._replace(accepted=is_accepted))
            yield _end(swap(after, request), request, "record", "202")


def _is_sole(state: State) -> bool:
    return state.store.attempts == 1 and state.store.accepted


def _run_verify(rule: Rule, state: State, request: Request) -> Iterator[Move]:
    match request.step:
        case "read":
            begun = request._replace(step="mark", has_seen=True, is_past_sign_up=bool(state.store.sub))
            yield Move("read", swap(state, request, begun), request)
        case "mark":
            marked = request._replace(step="ConfirmSignUp", has_mark=not request.is_past_sign_up)
            yield Move("mark", swap(state, request, marked), request)
        case "ConfirmSignUp":
            yield from _confirmations(rule, state, request)
            if request.is_lost:
                yield _end(_unknown(rule, state, request), request, "give up", "5xx")
        case "judge":
            judged = request._replace(step="InitiateAuth" if request.password else "end", has_found=_is_sole(state))
            used_up = state._replace(store=state.store._replace(accepted=False))
            if request.is_past_sign_up:
                judged = judged._replace(has_mark=True)
                used_up = used_up._replace(store=used_up.store._replace(sub=""))
            if judged.has_found and not rule.password_is_proved:
                judged = judged._replace(step="end")
            yield Move("judge", swap(used_up, request, judged), request)
        case "InitiateAuth":
            proved = request._replace(step="end", has_found=is_password(state, request.password))
            yield Move("InitiateAuth", swap(state, request, proved), request)
            if can(state, "fault"):
                unproved = request._replace(step="end", has_found=False)
                yield Move("InitiateAuth", swap(spend(state, "fault"), request, unproved), request, "not executed")
        case _ if request.has_found:
            yield _end(lift(rule, state, request), request, "lift", "204")
        case _:
            mailed = state.account.status in {"confirmed", "reset required"}
            after = keep(new_code(state, "reset") if mailed else state, request)
            yield _end(after, request, "ForgotPassword, keep", "403")


def _confirmations(rule: Rule, state: State, request: Request) -> Iterator[Move]:
    late = ("confirm", "") if request.code == "right" else None
    for after, same, outcome, ending in _calls(state, request, lambda s: confirm(s, request.code), late):
        label = f"ConfirmSignUp -> {outcome}"
        if ending != "heard":
            yield Move(label, swap(after, same, same._replace(is_lost=True)), request, ending)
        elif outcome == "ok" or (outcome == "already" and request.is_lost and not rule.already_confirmed_is_unknown):
            yield Move(label, swap(after, same, same._replace(step="judge")), request)
        elif outcome == "already" and request.is_lost:
            yield _settle(rule, after, same, label)
        else:
            refused = swap(after, same)
            if not rule.marks_have_owners:
                refused = each(refused, lambda other: other._replace(has_mark=False))
                refused = refused._replace(store=refused.store._replace(stands=False))
            yield _end(refused, request, label, "400")


def _settle(rule: Rule, state: State, request: Request, label: str) -> Move:
    """Confirmed, by this request's attempt with the lost response or by another."""
    alone = swap(state, request)
    if request.password:
        is_settled = is_password(state, request.password) and not is_quarantined(alone)
    else:
        is_settled = _is_sole(state)
    if is_settled:
        return _end(alone, request, label, "204")
    return _end(keep(state, request) if rule.unknown_keeps_mark else alone, request, label, "400")


def _unknown(rule: Rule, state: State, request: Request) -> State:
    is_needless = _is_sole(state) and not request.password
    return swap(state, request) if is_needless or not rule.unknown_keeps_mark else keep(state, request)


def _run_login(rule: Rule, state: State, request: Request) -> Iterator[Move]:
    if request.step == "InitiateAuth" and not rule.login_looks_after_cognito:
        if not is_quarantined(state):
            yield Move("look", swap(state, request, request._replace(step="InitiateAuth, unguarded")), request)
        return
    if request.step.startswith("InitiateAuth"):
        if is_password(state, request.password):
            step = "look" if rule.login_looks_after_cognito else "end"
            yield Move("InitiateAuth -> ok", swap(state, request, request._replace(step=step)), request)
        else:
            yield _end(swap(state, request), request, "InitiateAuth -> refused", "401")
        return
    if request.step == "look" and can(state, "store is away"):
        result = "5xx" if rule.store_is_required else "tokens"
        yield _end(swap(spend(state, "store is away"), request), request, "look: the store is away", result)
    if request.step == "look" and is_quarantined(state):
        if state.store.stands or not rule.login_waits:
            yield _end(swap(state, request), request, "look", "401")
        return
    user = "deleted" if request.is_of_deleted else "current"
    if state.store.sub not in {"", user} and rule.login_compares_user:
        yield _end(swap(stands(state), request), request, "look", "401")
        return
    known = state._replace(store=state.store._replace(sub=user))
    is_ended = request.is_ended or request.is_of_deleted
    yield _end(swap(known, request), request, "look", "ended tokens" if is_ended else "tokens")


def _run_reset(rule: Rule, state: State, request: Request) -> Iterator[Move]:
    match request.step:
        case "read":
            begun = request._replace(
                step="ConfirmForgotPassword",
                has_seen=True,
                has_found=state.store.stands,
                is_past_sign_up=bool(state.store.sub),
            )
            yield Move("read", swap(state, request, begun), request)
        case "ConfirmForgotPassword":
            yield from _resets(rule, state, request)
            if request.is_lost:
                yield from _after_lost_reset(rule, state, request, "give up")
        case "end sessions":
            ended = state
            if rule.reset_ends_sessions_first:
                ended = each(state, lambda other: other._replace(is_ended=True) if other.step == "look" else other)
            # The API signs in with the new password for that.
            if is_password(state, request.password) or not rule.reset_ends_sessions_first:
                yield Move("end sessions", swap(ended, request, request._replace(step="lift")), request)
            else:
                # ``has_found``: a mark stood when the request began.
                yield _end(swap(state, request), request, "end sessions", "5xx" if request.has_found else "200")
        case _:
            lifted = lift(rule, state, request)
            if request.is_past_sign_up and state.store.sub == "deleted":
                lifted = lifted._replace(store=lifted.store._replace(sub=""))
            yield _end(lifted, request, "lift", "204")


def _resets(rule: Rule, state: State, request: Request) -> Iterator[Move]:
    late = ("set password", request.password) if request.code == "right" else None

    def execute(before: State) -> tuple[State, str]:
        return set_password(before, request.code, request.password)

    for after, same, outcome, ending in _calls(state, request, execute, late):
        label = f"ConfirmForgotPassword -> {outcome}"
        if ending != "heard":
            yield Move(label, swap(after, same, same._replace(is_lost=True)), request, ending)
        elif outcome == "ok":
            yield Move(label, swap(after, same, same._replace(step="end sessions")), request)
        elif request.is_lost:
            yield from _after_lost_reset(rule, after, same, label)
        else:
            yield _end(swap(after, same), request, label, "400")


def _after_lost_reset(rule: Rule, state: State, request: Request, label: str) -> Iterator[Move]:
    """The new password may work, although it is not known which request has set it."""
    if not is_password(state, request.password):
        yield _end(swap(state, request), request, label, "5xx")
    elif not rule.lift_requires_heard_reset:
        yield Move(label, swap(state, request, request._replace(step="lift")), request)
    else:
        yield _end(swap(state, request), request, label, "5xx" if request.has_found else "204")


RUN = {"signup": _run_signup, "verify": _run_verify, "login": _run_login, "reset": _run_reset}
