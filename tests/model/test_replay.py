"""The API does what the model says, step by step: on a way to each kind of step, and on random walks."""

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cache

import pytest

from api.startup import composition
from api.state.addresses import Addresses
from api.state.opening import State
from tests.conftest import client_of, settings_for
from tests.model.environments import HOLDS
from tests.model.exploration import cover, walk
from tests.model.replay import GatedStore, Gates, ModelCognito, Replay
from tests.model.rule import Environment, Move

pytestmark = pytest.mark.anyio

EVERYTHING = {
    "owner signup": 2,
    "owner verify": 1,
    "owner verify with password": 2,
    "owner reset": 2,
    "owner login": 2,
    "stranger signup": 2,
    "stranger verify": 2,
    "stranger reset": 1,
    "stranger login": 3,
    "owner resend": 1,
    "owner forgot": 1,
    "stranger forgot": 1,
    "fault": 2,
    "late": 1,
    "crash": 1,
    "restart": 1,
    "entry expires": 1,
    "code expires": 1,
    "unconfirmed user is deleted": 1,
    "user is deleted": 1,
    "stranger signs up elsewhere": 1,
}
# The replay has no store that is away; that is tested by itself.
COVERED = [name for name, environment in HOLDS.items() if not environment.budget.get("store is away")]
STATES, SEEDS = 8_000, 100


@cache
def ways() -> dict[str, list[list[Move]]]:
    """Return, by environment, a shortest way to each kind of step that no earlier environment has."""
    known, found = set[str](), dict[str, list[list[Move]]]()
    for name in COVERED:
        walks = cover(replace(HOLDS[name], numbered=True, concurrent=2), STATES)
        found[name] = [moves for kind, moves in walks.items() if kind not in known]
        known |= walks.keys()
    return found


@asynccontextmanager
async def replay_of(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Replay]:
    gates = Gates()
    cognito, store = ModelCognito(gates), GatedStore(gates)

    def http(_url: str) -> ModelCognito:
        return cognito

    async def open_state(*_: object) -> State:
        return State(Addresses(store, "pool", "model"), None)

    async def at_once(*_: object) -> None:
        pass

    monkeypatch.setattr(composition, "HttpClient", http)
    monkeypatch.setattr(composition, "_open_state", open_state)
    monkeypatch.setattr("api.sessions.service._sleep_until", at_once)
    monkeypatch.setattr("api.cognito.transport._FIRST_BACKOFF", 0.0)
    async with client_of(settings_for("http://127.0.0.1:1", passwordless=False)) as api:
        replay = Replay(api, cognito, store)
        try:
            yield replay
        finally:
            await replay.aclose()


async def make(replay: Replay, moves: list[Move]) -> None:
    """Make all moves; where the API does otherwise, show the way to it."""
    for number, move in enumerate(moves):
        try:
            await replay.make(move)
        except AssertionError as error:
            for earlier in moves[: number + 1]:
                request = earlier.request
                said = f"{request.person} {request.kind} {request.number}: " if request else ""
                error.add_note(f"{said}{earlier.label}, {earlier.ending} {earlier.result}")
            raise


@pytest.mark.parametrize("name", COVERED)
async def test_api_makes_each_kind_of_step(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for moves in ways()[name]:
        async with replay_of(monkeypatch) as replay:
            await make(replay, moves)


@pytest.mark.parametrize("concurrent", [1, 4])
async def test_api_does_what_the_model_says(concurrent: int, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = Environment(EVERYTHING, owner="careless", concurrent=concurrent, numbered=True)
    answers: Counter[str] = Counter()
    for seed in range(SEEDS):
        moves = walk(environment, seed)
        answers.update(move.result for move in moves)
        async with replay_of(monkeypatch) as replay:
            await make(replay, moves)
    # The walks are worth something: they reach answers of every kind.
    assert answers.keys() >= {"202", "204", "400", "401", "403", "5xx", "tokens", "crash"}
