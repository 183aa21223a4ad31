"""The desk passes every scenario; docs/local.md says so, beside what other emulators do."""

import httpx
import pytest

from tests.conformance.matrix import DOCUMENT, rows_of
from tests.conformance.scenarios import SCENARIOS, Scenario
from tests.conformance.world import Peer, World


@pytest.fixture(scope="module")
def desk(emulator_url: str) -> Peer:
    def code_for(_pool_id: str, address: str) -> str:
        mails = httpx.get(f"{emulator_url}/messages", params={"to": address}).json()["messages"]
        return str(mails[0]["code"])

    return Peer("desk", emulator_url, code_for)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.sentence)
def test_the_desk_does_as_cognito_does(desk: Peer, scenario: Scenario) -> None:
    scenario.run(World(desk, pool=scenario.pool, client=scenario.client))


def test_the_document_has_every_scenario_and_claims_no_more_than_is_shown() -> None:
    documented = rows_of(DOCUMENT.read_text())
    assert [(row.area, row.sentence) for row in documented] == [(each.area, each.sentence) for each in SCENARIOS]
    assert {row.results[0] for row in documented} == {"yes"}, "run make conformance"
