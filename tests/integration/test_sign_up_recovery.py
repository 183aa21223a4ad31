"""The owner of the mailbox gets in with an own password, whatever happened before and in between.

From every state of an address, by HTTP and the mailbox alone: with a restart and a stranger's requests in every gap.
"""

import asyncio
import json
from collections.abc import Generator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import HttpUrl, SecretStr

from tests.conftest import GivenSettings, client_of
from tests.support.account_states import OTHERS_PASSWORD, STATES, PoolOfTest, new_address
from tests.support.api_client import Mailbox
from tests.support.back_ends import BACK_ENDS, BackEnd
from tests.support.pools import create_passwordless_pool
from tests.support.servers import running_api

OWN = "Owners-Own-Horse-9"
STRANGERS_MOVES: dict[str, dict[str, str]] = {
    "/signup": {"password": OTHERS_PASSWORD},
    "/login": {"password": OTHERS_PASSWORD},
    "/verify": {"code": "000000", "password": OTHERS_PASSWORD},
    "/verify/resend": {},
    "/password/forgot": {},
    "/password/reset": {"code": "000000", "new_password": OTHERS_PASSWORD},
}
# An operator disabled the one; the other has to wait until Cognito's lock-out ends, at most 15 minutes.
BEGINNINGS = [state for state in STATES if state not in {"disabled", "locked out"}]
MOST_REQUESTS = 5


@pytest.fixture(scope="module")
def pool(emulator_url: str, mailbox: Mailbox, tmp_path_factory: pytest.TempPathFactory) -> Generator[PoolOfTest]:
    outputs = tmp_path_factory.mktemp("recovery") / "outputs.json"
    ids = create_passwordless_pool(emulator_url, outputs)
    secret = json.loads(outputs.read_text())["auth"]["cognito_user_pool_client_secret"]
    started = {"STACK_OUTPUTS_FILE": str(outputs), "AWS_ENDPOINT_URL": emulator_url, "PASSWORDLESS": "on"}
    with running_api(outputs.parent / "log", started) as url, httpx.Client(base_url=url, timeout=15) as api:
        yield PoolOfTest(emulator_url, *ids, secret, api, mailbox)


@pytest.fixture(scope="module", params=BACK_ENDS)
def back_end(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[BackEnd]:
    with BACK_ENDS[request.param](tmp_path_factory.mktemp(request.param)) as running:
        yield running


class Walk:
    """The owner's way in; before each request of the owner the API restarts and a stranger acts."""

    def __init__(self, pool: PoolOfTest, back_end: BackEnd, state: str, gaps: list[list[str]]) -> None:
        self.pool, self.back_end, self.email = pool, back_end, new_address(pool, state)
        self.gaps = iter(gaps)
        self.requests = 0
        self.process = AsyncExitStack()

    async def start(self) -> httpx.AsyncClient:
        await self.process.aclose()
        given = GivenSettings(
            cognito_user_pool_id=self.pool.pool_id,
            cognito_client_id=self.pool.client_id,
            cognito_client_secret=SecretStr(self.pool.client_secret),
            aws_endpoint_url=HttpUrl(self.pool.endpoint),
            aws_region="us-east-1",
            state_store=SecretStr(self.back_end.uri),
            concealment_seconds=0.0,
            rate_limits=False,
        )
        return await self.process.enter_async_context(client_of(given))

    async def send(self, path: str, code_of: str = "", **body: str) -> httpx.Response:
        """Send a request of the owner, with the newest code of a kind of mail."""
        api = await self.start()
        for move in next(self.gaps):
            await self.strangers_request(api, move)
        self.requests += 1
        code = {"code": self.code(code_of)} if code_of else {}
        return await api.post(path, json={"email": self.email, **code, **body})

    async def strangers_request(self, api: httpx.AsyncClient, move: str) -> None:
        response = await api.post(move, json={"email": self.email, **STRANGERS_MOVES[move]})
        assert not (move == "/login" and response.status_code == 200), "the stranger is in"

    def code(self, kind: str) -> str | None:
        """Return the code of the newest mail of a kind."""
        mails = self.pool.mailbox.mails_to(self.email)
        return next((mail["code"] for mail in mails if mail["kind"] == kind), None)

    async def way_in(self) -> None:
        assert (await self.send("/signup", password=OWN)).status_code == 202
        status = 0
        if self.code("sign-up"):
            verified = await self.send("/verify", "sign-up", password=OWN)
            status = verified.status_code
            assert status in {204, 400, 403}, verified.text
        if status == 204:
            return
        if status != 403:
            # No code, or one of long ago: the address was verified before.
            assert (await self.send("/password/forgot")).status_code == 202
        reset = await self.send("/password/reset", "password reset", new_password=OWN)
        assert reset.status_code == 204, reset.text

    async def _run(self) -> None:
        try:
            await self.way_in()
            signed_in = await self.send("/login", password=OWN)
            assert signed_in.status_code == 200, signed_in.text
            assert self.requests <= MOST_REQUESTS
            await self.strangers_request(await self.start(), "/login")
        finally:
            await self.process.aclose()

    def run(self) -> None:
        with pytest.MonkeyPatch.context() as environment:
            for name, value in self.back_end.settings.items():
                environment.setenv(name, value)
            asyncio.run(self._run())


# DynamoDB is walked from every state below: each start reads 50 partitions, which takes moto a second.
@pytest.mark.parametrize("back_end", [name for name in BACK_ENDS if name != "dynamodb"], indirect=True)
@settings(max_examples=8, deadline=None, derandomize=True)
@given(
    state=st.sampled_from(BEGINNINGS),
    gaps=st.lists(st.lists(st.sampled_from(sorted(STRANGERS_MOVES)), max_size=2), min_size=6, max_size=6),
)
def test_owner_gets_in_and_stranger_does_not(
    pool: PoolOfTest, back_end: BackEnd, state: str, gaps: list[list[str]]
) -> None:
    Walk(pool, back_end, state, gaps).run()


@pytest.mark.parametrize("state", BEGINNINGS)
def test_owner_gets_in_from_every_state(pool: PoolOfTest, back_end: BackEnd, state: str) -> None:
    Walk(pool, back_end, state, [[]] * 6).run()


@pytest.mark.parametrize("name", ["memory", "sqlite"])
def test_durable_store_remembers_sole_sign_up_over_restart(pool: PoolOfTest, name: str, tmp_path: Path) -> None:
    """The code alone is then enough, as in `make run`; in memory the owner sets a password by mail."""
    with BACK_ENDS[name](tmp_path) as back_end:
        walk = Walk(pool, back_end, "none", [[], []])

        async def verify() -> int:
            await walk.send("/signup", password=OWN)
            verified = await walk.send("/verify", "sign-up")
            await walk.process.aclose()
            return verified.status_code

        assert asyncio.run(verify()) == (204 if name == "sqlite" else 403)
