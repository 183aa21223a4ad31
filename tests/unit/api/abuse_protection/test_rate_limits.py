import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest

from api.abuse_protection.counters import RateLimitCounters
from api.abuse_protection.limits import (
    ACCOUNT,
    ACCOUNT_READ,
    ADMINISTRATION,
    CATEGORIES,
    CODES,
    MAIL,
    PASSWORD_CHANGE,
    PASSWORDS,
    RECOVERY,
    REFRESH,
    RESEND,
    SIGN_IN,
    SIGN_IN_CODE,
    SIGN_OUT,
    SIGN_UP,
    VERIFICATION,
    Category,
    Limit,
    limit,
    overridden,
)
from api.abuse_protection.rate_limits import Attempt, RateLimits
from api.errors import (
    ChallengeCodeMismatch,
    ConfigurationError,
    InvalidCode,
    InvalidCredentials,
    RateLimited,
    TooManyAttempts,
    UpstreamTimeout,
    ValidationFailed,
)
from api.telemetry.request_context import RequestContext, request_context
from tests.conftest import client_of, settings_for
from tests.support.api_client import problem_slug
from tests.support.cognito import FakeCognito

pytestmark = pytest.mark.anyio

ADA, BOB = "ada@example.com", "bob@example.com"
LOGIN = {"email": ADA, "password": "Correct-Horse-9"}
HOME, ELSEWHERE = "203.0.113.9", "198.51.100.1"


def limits_of(**given: str) -> RateLimits:
    """Return rate limits in memory; names are those of LIMITS with `_` for `.` and `-`."""
    changed = {name.replace("__", ".").replace("_", "-"): text for name, text in given.items()}
    fixed = {name.replace("client-failures", "client_failures"): text for name, text in changed.items()}
    fixed = {name.replace("total-failures", "total_failures"): text for name, text in fixed.items()}
    return RateLimits(RateLimitCounters("memory://", "secret"), overridden(fixed), enabled=True)


@pytest.fixture
async def limited(cognito: FakeCognito) -> AsyncGenerator[httpx.AsyncClient]:
    async with client_of(settings_for(cognito.url, rate_limits="on")) as client:
        yield client


async def fail(limits: RateLimits, address: str, client: str, guesses: Category, error: Exception) -> None:
    await limits.settle(await limits.check(SIGN_IN, address, client, guesses=guesses), error)


class TestWrongGuesses:
    async def test_pair_over_limit_is_429_with_retry_after(
        self, limited: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        cognito.fails("InitiateAuth", "NotAuthorizedException")
        statuses = [(await limited.post("/login", json=LOGIN)).status_code for _ in range(20)]
        assert statuses == [401] * 20
        refused = await limited.post("/login", json={**LOGIN, "email": "ADA@example.com"})
        assert (refused.status_code, problem_slug(refused)) == (429, "too-many-attempts")
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert len(cognito.requests) == 20
        other = await limited.post("/login", json={**LOGIN, "email": BOB})
        assert other.status_code == 401

    async def test_right_password_is_not_counted(self, limited: httpx.AsyncClient) -> None:
        assert [(await limited.post("/login", json=LOGIN)).status_code for _ in range(30)] == [200] * 30

    @pytest.mark.parametrize("error", [InvalidCredentials(), InvalidCode(), ChallengeCodeMismatch()])
    async def test_wrong_guess_is_counted(self, error: Exception) -> None:
        limits = limits_of(code_guesses__failures="1/hour")
        await fail(limits, ADA, HOME, CODES, error)
        with pytest.raises(TooManyAttempts):
            await limits.check(SIGN_IN, ADA, HOME, guesses=CODES)

    async def test_stranger_with_a_48_leaves_owner_alone(self) -> None:
        limits = limits_of(sign_in__total="1000/second")
        for number in range(400):
            try:
                await fail(limits, ADA, f"2001:db8:0:{number:x}::1", PASSWORDS, InvalidCredentials())
            except TooManyAttempts:
                assert number > 64
        for _ in range(12):
            await limits.check(SIGN_IN, ADA, HOME, guesses=PASSWORDS)

    async def test_one_client_cannot_use_up_the_codes_of_an_address(self) -> None:
        limits = limits_of()
        for _ in range(20):
            try:
                attempt = await limits.check(VERIFICATION, ADA, ELSEWHERE, guesses=CODES)
            except TooManyAttempts:
                continue
            await limits.settle(attempt, InvalidCode())
        for _ in range(4):
            await limits.check(VERIFICATION, ADA, HOME, guesses=CODES)

    async def test_codes_spread_over_addresses_are_braked(self) -> None:
        limits = limits_of()
        for number in range(20):
            await fail(limits, f"{number}@example.com", HOME, CODES, InvalidCode())
        with pytest.raises(RateLimited):
            await limits.check(SIGN_IN, ADA, HOME, guesses=CODES)
        await limits.check(SIGN_IN, ADA, HOME, guesses=PASSWORDS)

    async def test_total_of_wrong_codes_stops_only_clients_with_one(self) -> None:
        limits = limits_of(code_guesses__total_failures="3/hour")
        for number in range(3):
            await fail(limits, ADA, f"203.0.113.{number}", CODES, InvalidCode())
        current = RequestContext("id")
        token = request_context.set(current)
        with pytest.raises(RateLimited):
            await limits.check(SIGN_IN, BOB, "203.0.113.1", guesses=CODES)
        request_context.reset(token)
        assert current.refusal == ("code-guesses", "total_failures")
        await limits.check(SIGN_IN, BOB, "203.0.113.9", guesses=CODES)

    async def test_guesses_at_the_same_time_do_not_pass(self) -> None:
        limits = limits_of()
        passed: list[Attempt] = []
        for _ in range(30):
            try:
                passed.append(await limits.check(SIGN_IN, ADA, HOME, guesses=CODES))
            except TooManyAttempts:
                continue
        assert len(passed) == 8
        for attempt in passed:
            await limits.settle(attempt, None)
        await limits.check(SIGN_IN, ADA, HOME, guesses=CODES)

    async def test_unknown_clients_are_not_one_client(self) -> None:
        limits = limits_of()
        for number in range(40):
            await fail(limits, f"{number}@example.com", "", CODES, InvalidCode())

    async def test_code_brake_takes_over_a_year_per_account(self) -> None:
        found = CODES.client_failures
        assert found is not None
        guesses_a_year = found.events * (365 * 24 * 3600 // found.seconds)
        assert guesses_a_year < 10**6


class TestAttempts:
    async def test_request_without_a_call_takes_attempt_back(self, limited: httpx.AsyncClient) -> None:
        for _ in range(20):
            weak = await limited.post("/signup", json={"email": ADA, "password": "weak"})
            assert weak.status_code == 422
        assert (await limited.post("/signup", json=LOGIN)).status_code == 202

    async def test_failed_call_counts(self) -> None:
        limits = limits_of(resend__pair="1/hour")
        current = RequestContext("id", upstream=[{"operation": "ResendConfirmationCode", "attempts": 1}])
        token = request_context.set(current)
        await limits.settle(await limits.check(RESEND, ADA, HOME), UpstreamTimeout())
        with pytest.raises(TooManyAttempts):
            await limits.check(RESEND, ADA, HOME)
        request_context.reset(token)

    async def test_refused_attempt_is_counted_nowhere(self) -> None:
        limits = limits_of(resend__pair="1/hour", resend__total="2/second")
        await limits.check(RESEND, ADA, HOME)
        for _ in range(5):
            with pytest.raises(TooManyAttempts):
                await limits.check(RESEND, ADA, HOME)
        await limits.check(RESEND, BOB, HOME)

    async def test_taken_back_attempt_frees_every_window(self) -> None:
        limits = limits_of(resend__pair="1/hour", resend__client="1/hour", resend__total="1/hour")
        for _ in range(3):
            await limits.settle(await limits.check(RESEND, ADA, HOME), ValidationFailed())
        await limits.check(RESEND, ADA, HOME)

    async def test_client_limit_covers_all_addresses(self) -> None:
        limits = limits_of(resend__client="2/minute")
        for number in range(2):
            await limits.check(RESEND, f"{number}@example.com", HOME)
        await limits.check(RESEND, "another@example.com", ELSEWHERE)
        with pytest.raises(RateLimited) as caught:
            await limits.check(RESEND, "another@example.com", HOME)
        assert caught.value.retry_after

    async def test_client_is_refused_before_the_total_is_spent(self) -> None:
        limits = limits_of(resend__client="2/minute", resend__total="3/minute")
        for number in range(9):
            try:
                await limits.check(RESEND, f"{number}@example.com", ELSEWHERE)
            except RateLimited:
                assert number >= 2
        await limits.check(RESEND, ADA, HOME)

    async def test_address_limit_covers_all_clients(self) -> None:
        limits = limits_of(verification__address="5/hour")
        for number in range(5):
            await limits.check(VERIFICATION, ADA, f"203.0.113.{number}")
        with pytest.raises(TooManyAttempts):
            await limits.check(VERIFICATION, ADA, "203.0.113.99")

    @pytest.mark.parametrize("taken", [False, True])
    async def test_sign_up_flood_does_not_block_sign_in(
        self, limited: httpx.AsyncClient, cognito: FakeCognito, taken: bool
    ) -> None:
        if taken:
            cognito.fails("SignUp", "UsernameExistsException")
        flood = [limited.post("/signup", json={**LOGIN, "email": f"{number}@example.com"}) for number in range(120)]
        statuses = [response.status_code for response in await asyncio.gather(*flood)]
        assert statuses.count(429) >= 60
        assert cognito.operations().count("InitiateAuth") < 60
        assert (await limited.post("/login", json=LOGIN)).status_code == 200


CLIENTS = [
    ("203.0.113.9", "203.0.113.10", False),
    ("2001:db8::1", "2001:db8::ffff", True),
    ("2001:db8::1", "2001:db8:0:1::1", False),
    ("203.0.113.9", "::ffff:203.0.113.9", True),
    ("", "unix", False),
]


class TestClients:
    @pytest.mark.parametrize(("first", "second", "same"), CLIENTS)
    async def test_client_is_ipv4_address_or_ipv6_network(self, first: str, second: str, same: bool) -> None:
        limits = limits_of(resend__client="1/minute")
        await limits.check(RESEND, ADA, first)
        if same:
            with pytest.raises(RateLimited):
                await limits.check(RESEND, BOB, second)
        else:
            await limits.check(RESEND, BOB, second)

    @pytest.mark.parametrize(("step", "factor"), [(0x1, 4), (0x100, 16)])
    async def test_larger_ipv6_networks_have_limits(self, step: int, factor: int) -> None:
        """A /56 has four times the limit of a /64, and a /48 sixteen times."""
        limits = limits_of(resend__client="1/minute", resend__total="1000/second")
        for number in range(factor):
            await limits.check(RESEND, f"{number}@example.com", f"2001:db8:0:{number * step:x}::1")
        with pytest.raises(RateLimited):
            await limits.check(RESEND, ADA, f"2001:db8:0:{factor * step:x}::1")


MAILING: list[tuple[str, Mapping[str, Any]]] = [
    ("/signup", LOGIN),
    ("/verify/resend", {"email": ADA}),
    ("/password/forgot", {"email": ADA}),
    ("/login", {"email": ADA}),
]


class TestMails:
    @pytest.mark.parametrize(("path", "body"), MAILING)
    @pytest.mark.parametrize("scope", ["pair", "address", "client", "total"])
    async def test_request_that_may_mail_counts(
        self, cognito: FakeCognito, path: str, body: Mapping[str, Any], scope: str
    ) -> None:
        settings = settings_for(cognito.url, rate_limits="on", limits={f"mail.{scope}": "1/day"})
        async with client_of(settings) as client:
            assert (await client.post(path, json=body)).status_code in {200, 202}
            refused = await client.post(path, json=body)
            assert refused.status_code == 429
            assert problem_slug(refused) == ("too-many-attempts" if scope in {"pair", "address"} else "rate-limited")

    @pytest.mark.parametrize("exists", [False, True])
    async def test_limit_is_the_same_without_account(self, cognito: FakeCognito, exists: bool) -> None:
        if not exists:
            cognito.fails("ForgotPassword", "UserNotFoundException")
        async with client_of(settings_for(cognito.url, rate_limits="on")) as client:
            found = [(await client.post("/password/forgot", json={"email": ADA})).status_code for _ in range(4)]
        assert found == [202, 202, 202, 429]

    async def test_tags_of_a_mailbox_are_folded(self) -> None:
        limits = limits_of(mail__address="2/hour")
        await limits.check(SIGN_UP, "ada+1@example.com", HOME, mailbox="ada+1@example.com")
        await limits.check(SIGN_UP, "Ada+2@example.com", HOME, mailbox="Ada+2@example.com")
        with pytest.raises(TooManyAttempts):
            await limits.check(SIGN_UP, ADA, HOME, mailbox=ADA)

    async def test_one_client_leaves_mails_to_the_owner(self) -> None:
        limits = limits_of()
        for category in (SIGN_UP, RECOVERY, RESEND, SIGN_IN_CODE) * 5:
            try:
                await limits.check(category, ADA, ELSEWHERE, mailbox=ADA)
            except TooManyAttempts:
                continue
        await limits.check(RECOVERY, ADA, HOME, mailbox=ADA)

    async def test_mail_total_is_checked_last(self) -> None:
        limits = limits_of(mail__total="2/day")
        for _ in range(9):
            try:
                await limits.check(RECOVERY, ADA, ELSEWHERE, mailbox=ADA)
            except (TooManyAttempts, RateLimited):
                continue
        with pytest.raises(RateLimited):
            await limits.check(RECOVERY, BOB, HOME, mailbox=BOB)


QUOTAS = [
    ("InitiateAuth", 120, [SIGN_IN, SIGN_IN_CODE, SIGN_UP, VERIFICATION]),
    ("GetTokensFromRefreshToken", 120, [REFRESH]),
    ("ForgotPassword, ConfirmForgotPassword, ChangePassword", 30, [RECOVERY, VERIFICATION, PASSWORD_CHANGE]),
    ("SignUp and ConfirmSignUp", 50, [SIGN_UP, VERIFICATION]),
    ("ResendConfirmationCode", 30, [SIGN_UP, RESEND]),
    ("UpdateUserAttributes and the like", 25, [ACCOUNT]),
    ("GetUser and the like", 120, [ACCOUNT, ACCOUNT_READ]),
    ("GlobalSignOut", 120, [SIGN_OUT]),
    ("Admin*", 25, [ADMINISTRATION]),
]


class TestDefaults:
    def test_code_attempts_are_below_cognito_limit(self) -> None:
        """Cognito allows 15 attempts an hour, and reports the limit for existing accounts only."""
        assert VERIFICATION.address == Limit(12, 3600)

    def test_one_client_leaves_codes_to_others(self) -> None:
        assert CODES.failures is not None
        assert VERIFICATION.address is not None
        assert CODES.failures.events < VERIFICATION.address.events
        assert CODES.failures.seconds == VERIFICATION.address.seconds

    def test_every_category_has_quota(self) -> None:
        assert CATEGORIES.keys() - {MAIL.name, PASSWORDS.name, CODES.name} == {
            row.name for _, _, found in QUOTAS for row in found
        }

    @pytest.mark.parametrize(("operation", "quota", "categories"), QUOTAS)
    def test_totals_are_below_cognito_quota(self, operation: str, quota: int, categories: list[Category]) -> None:
        totals = [category.total for category in categories]
        assert {total.seconds for total in totals if total} == {1}
        assert sum(total.events for total in totals if total) < quota, operation


class TestSetting:
    def test_a18_limits_override_defaults(self) -> None:
        found = overridden({"sign-in.total": "200/second", "mail.total": "45/day"})
        assert found["sign-in"] == replace(SIGN_IN, total=Limit(200, 1))
        assert found["mail"].total == Limit(45, 24 * 3600)
        assert found["refresh"] == REFRESH

    async def test_limits_are_read_from_the_environment(self, cognito: FakeCognito) -> None:
        settings = settings_for(cognito.url, rate_limits="on", limits="mail.pair = 1/hour, resend.client=9/minute")
        assert settings.limits == {"mail.pair": "1/hour", "resend.client": "9/minute"}

    @pytest.mark.parametrize("name", ["sign-in", "sign-in.pair", "nothing.total", ""])
    def test_unknown_limit_is_configuration_error(self, name: str) -> None:
        with pytest.raises(ConfigurationError, match=r"there is no limit .* The limits are sign-in\.client"):
            overridden({name: "1/hour"})

    @pytest.mark.parametrize("text", ["", "0/hour", "5", "5/week", "-1/hour", "five/hour", "1/hours", "1 / hour"])
    def test_malformed_limit_is_configuration_error(self, text: str) -> None:
        with pytest.raises(ConfigurationError, match="must be a number per second, minute, hour or day"):
            overridden({"mail.total": text})

    def test_limit_has_count_and_seconds(self) -> None:
        assert [limit(f"3/{unit}").seconds for unit in ("second", "minute", "hour", "day")] == [1, 60, 3600, 86400]
