"""What is explored: where the stranger must not get in, and where each sentence of the rule is needed."""

from tests.model.rule import Environment

_BASE = {
    "owner signup": 1,
    "owner verify": 1,
    "owner verify with password": 1,
    "owner reset": 1,
    "owner resend": 1,
    "stranger signup": 1,
    "stranger login": 1,
}
_PLAIN = {"owner signup": 1, "stranger signup": 1, "owner verify": 1, "stranger login": 1}
_WITH_PASSWORD = {"owner signup": 1, "stranger signup": 1, "owner verify with password": 2, "owner reset": 1}
# The stranger must not get in: a durable store, and accounts made and confirmed through the API.
HOLDS: dict[str, Environment] = {
    "plain": Environment(_PLAIN, concurrent=3),
    "plain, a fault": Environment({**_PLAIN, "fault": 1, "late": 1}),
    "plain, a crash": Environment({**_PLAIN, "crash": 1, "stranger verify": 1}),
    "careless, with the password": Environment({**_WITH_PASSWORD, "stranger login": 1}, owner="careless"),
    "made elsewhere": Environment({**_PLAIN, "stranger signs up elsewhere": 1}),
    "a reset beside a sign-in": Environment({**_PLAIN, "owner reset": 1}, concurrent=3),
    "two verifications, a sign-in": Environment({**_BASE, "stranger resend": 1}, concurrent=3),
    "wrong codes and resets, a fault": Environment(
        {**_BASE, "owner resend": 0, "stranger verify": 1, "stranger reset": 1, "fault": 1}
    ),
    "a wrong code beside verification and sign-in": Environment(
        {**_BASE, "owner resend": 0, "owner verify with password": 0, "stranger verify": 1}, concurrent=3
    ),
    "two faults, one late": Environment({**_BASE, "owner resend": 0, "fault": 2, "late": 1}),
    "crashes": Environment({**_BASE, "crash": 2, "stranger verify": 1}),
    "a restart, durable store": Environment({**_BASE, "restart": 1, "crash": 1, "fault": 1}),
    "expiry": Environment({**_BASE, "stranger signup": 2, "entry expires": 2, "code expires": 1}),
    "expiry and a fault": Environment({**_BASE, "entry expires": 1, "fault": 1, "code expires": 1}),
    "a janitor": Environment({**_BASE, "owner signup": 2, "stranger signup": 2, "unconfirmed user is deleted": 1}),
    "a janitor, a crash, a fault": Environment(
        {**_BASE, "owner resend": 0, "unconfirmed user is deleted": 1, "crash": 1, "fault": 1}
    ),
    "two resets, two sign-ins": Environment(
        {
            **_BASE,
            "owner reset": 2,
            "stranger login": 2,
            "owner verify with password": 0,
            "owner resend": 0,
            "owner forgot": 1,
        },
        concurrent=3,
    ),
    "deleted, and made again by a stranger": Environment(
        {**_WITH_PASSWORD, "owner signup": 2, "stranger login": 1, "user is deleted": 1}, concurrent=3
    ),
    "the same, code alone": Environment(
        {**_PLAIN, "owner signup": 2, "owner verify": 2, "owner reset": 1, "user is deleted": 1}, concurrent=3
    ),
    "careless, made elsewhere, a janitor, expiry": Environment(
        {
            **_WITH_PASSWORD,
            "stranger login": 1,
            "stranger signs up elsewhere": 1,
            "unconfirmed user is deleted": 1,
            "entry expires": 1,
            "stranger verify": 1,
        },
        owner="careless",
    ),
    "careless, a fault, late": Environment(
        {
            **_WITH_PASSWORD,
            "stranger login": 1,
            "stranger signs up elsewhere": 1,
            "fault": 1,
            "late": 1,
            "user is deleted": 1,
        },
        owner="careless",
    ),
    "careless, a crash, a restart": Environment(
        {
            **_WITH_PASSWORD,
            "stranger login": 1,
            "stranger signs up elsewhere": 1,
            "crash": 1,
            "restart": 1,
            "stranger verify": 1,
            "stranger reset": 1,
        },
        owner="careless",
    ),
    "a known user is deleted": Environment(
        {**_PLAIN, "owner signup": 2, "owner verify": 2, "owner login": 1, "user is deleted": 1, "stranger login": 1},
        concurrent=2,
    ),
    "the same, with the password, a fault": Environment(
        {**_WITH_PASSWORD, "owner login": 1, "user is deleted": 1, "stranger login": 1, "fault": 1}, owner="careless"
    ),
    "the store is away at a sign-in": Environment({**_BASE, "store is away": 1}),
}
QUICK = tuple(HOLDS)[:6]
# Without one sentence of the rule, the stranger gets in here.
ABLATIONS: dict[str, Environment] = {
    "counts_before_call": Environment({**_PLAIN, "crash": 1}),
    "entry_ends_as_a_whole": Environment({**_PLAIN, "entry expires": 1, "fault": 1, "owner resend": 1}),
    "acceptance_is_tied": Environment({**_PLAIN, "entry expires": 1, "owner resend": 1}),
    "marks_have_owners": Environment({**_PLAIN, "stranger verify": 1}, concurrent=3),
    "lifts_what_stood_before": Environment(
        {**_WITH_PASSWORD, "owner signup": 2, "owner reset": 0, "stranger login": 1, "user is deleted": 1}, concurrent=3
    ),
    "login_looks_after_cognito": Environment(_PLAIN),
    "reset_ends_sessions_first": Environment({**_PLAIN, "owner reset": 1}),
    "already_confirmed_is_unknown": Environment({**_PLAIN, "stranger verify": 1, "fault": 1}),
    "lift_requires_heard_reset": Environment({**_PLAIN, "stranger reset": 1, "fault": 1}),
    "marks_do_not_expire": Environment({**_PLAIN, "mark expires": 1}),
    "unknown_keeps_mark": Environment({**_PLAIN, "fault": 1}),
    "login_compares_user": Environment(
        {**_PLAIN, "owner signup": 2, "owner verify": 2, "owner login": 1, "user is deleted": 1}
    ),
    "store_is_required": Environment({**_PLAIN, "store is away": 1}),
    "password_is_proved": Environment(
        {"stranger signup": 1, "owner verify with password": 1, "stranger login": 1}, owner="careless"
    ),
}
