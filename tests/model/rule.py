"""The rule against account pre-hijacking with its sentences, and the world in which it must hold."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Person = Literal["owner", "stranger"]
Kind = Literal["signup", "verify", "login", "reset"]
Status = Literal["none", "unconfirmed", "confirmed", "reset required", "disabled"]
# How a call of Cognito ends.
Ending = Literal["heard", "executed, lost", "not executed", "on its way"]


@dataclass(frozen=True)
class Rule:
    """The rule; each field switched off is an ablation, which lets the stranger in."""

    counts_before_call: bool = True
    """A sign-up is counted before Cognito is asked, not when it has answered."""
    entry_ends_as_a_whole: bool = True
    """The attempts of an address expire together, not each after its own 48 hours."""
    acceptance_is_tied: bool = True
    """An acceptance counts only in the entry in which its attempt was counted."""
    marks_have_owners: bool = True
    """A refused verification removes its own mark only, not the address's."""
    lifts_what_stood_before: bool = True
    """A lift removes the marks that stood before its own call of Cognito only."""
    login_looks_after_cognito: bool = True
    """A sign-in reads the marks after Cognito's answer, not before."""
    reset_ends_sessions_first: bool = True
    """A reset ends the sessions before it lifts."""
    already_confirmed_is_unknown: bool = True
    """"Already confirmed" after a lost send is not taken for a success."""
    lift_requires_heard_reset: bool = True
    """That the new password works after a lost reset lifts nothing."""
    marks_do_not_expire: bool = True
    unknown_keeps_mark: bool = True
    """A verification without a known end keeps its mark."""
    store_is_required: bool = True
    """STATE_FAILURE=closed."""
    password_is_proved: bool = True
    """A password in the body is proved even if the sign-up is the sole one."""
    login_compares_user: bool = True
    """A sign-in by password of another user than the known one is refused."""
    login_waits: bool = True
    """A sign-in with the right password waits for verifications in flight (not a matter of security)."""


class Account(NamedTuple):
    """The account at Cognito; codes are those that the mailbox has."""

    status: Status = "none"
    password: str = ""
    code: bool = False
    reset_code: bool = False


class Store(NamedTuple):
    """The records of the address; ``attempts`` counts to 2. The marks of requests in flight are in the requests."""

    attempts: int = 0
    accepted: bool = False
    stands: bool = False
    # Whether a user is known to have signed in with the address, and whether that user still exists.
    sub: Literal["", "current", "deleted"] = ""


class Request(NamedTuple):
    """A request in flight; ``step`` names what it does next."""

    kind: Kind
    person: Person
    step: str
    code: str = ""
    password: str = ""
    # What the step before has found: the sign-up is accepted or sole, the password is proved, a mark stands.
    has_found: bool = False
    has_mark: bool = False
    # It may remove the marks that stood when it began.
    has_seen: bool = False
    # An answer of Cognito was lost.
    is_lost: bool = False
    # A user had signed in with the address, so that its verification leaves no mark.
    is_past_sign_up: bool = False
    # Its attempt is still in the entry of the address.
    is_counted: bool = False
    # The sessions have ended since Cognito answered.
    is_ended: bool = False
    # The user has been deleted since Cognito answered.
    is_of_deleted: bool = False
    number: int = 0


class State(NamedTuple):
    """The whole world."""

    account: Account
    store: Store
    requests: tuple[Request, ...]
    late: tuple[tuple[str, str], ...]
    budget: tuple[int, ...]
    # The owner has signed up, and the entry of that sign-up has not expired.
    owner_signed_up: bool
    events: frozenset[str]
    started: int = 0


EVENTS = (
    "owner signup",
    "owner verify",
    "owner verify with password",
    "owner reset",
    "owner login",
    "stranger signup",
    "stranger verify",
    "stranger reset",
    "stranger login",
    "owner resend",
    "owner forgot",
    "stranger resend",
    "stranger forgot",
    "fault",
    "late",
    "crash",
    "restart",
    "entry expires",
    "code expires",
    "unconfirmed user is deleted",
    "user is deleted",
    "stranger signs up elsewhere",
    "mark expires",
    "store is away",
)
START: dict[str, Request] = {
    "owner signup": Request("signup", "owner", "count", password="owner"),
    "owner verify": Request("verify", "owner", "read", code="right"),
    "owner verify with password": Request("verify", "owner", "read", code="right", password="owner"),
    "owner reset": Request("reset", "owner", "read", code="right", password="owner"),
    "owner login": Request("login", "owner", "InitiateAuth", password="owner"),
    "stranger signup": Request("signup", "stranger", "count", password="stranger"),
    "stranger verify": Request("verify", "stranger", "read", code="wrong", password="stranger"),
    "stranger reset": Request("reset", "stranger", "read", code="wrong", password="stranger"),
    "stranger login": Request("login", "stranger", "InitiateAuth", password="stranger"),
}


@dataclass(frozen=True)
class Environment:
    """What may happen, and how often."""

    budget: dict[str, int]
    # "cautious": enters a code only for an own sign-up of the last 48 hours; "careless": any code.
    owner: Literal["cautious", "careless"] = "cautious"
    concurrent: int = 2
    # Requests are told apart, for a replay.
    numbered: bool = False
    rule: Rule = field(default_factory=Rule)

    def initial(self) -> State:
        counts = tuple(self.budget.get(event, 0) for event in EVENTS)
        return State(Account(), Store(), (), (), counts, owner_signed_up=False, events=frozenset())


class Move(NamedTuple):
    """One step: of a request (as it was before), or an event; ``result`` is the answer of a request that ends."""

    label: str
    state: State
    request: Request | None = None
    ending: Ending = "heard"
    result: str = ""
