"""The local Cognito passes every scenario, and the table in docs/local.md lists each as passed."""

import httpx
import pytest

from tests.conformance.matrix import DOCUMENT, rows_of
from tests.conformance.pool_fixture import Emulator, PoolFixture
from tests.conformance.scenario import Scenario
from tests.conformance.scenarios import SCENARIOS


@pytest.fixture(scope="module")
def local_cognito(emulator_url: str) -> Emulator:
    def code_for(_pool_id: str, address: str) -> str:
        mails = httpx.get(f"{emulator_url}/messages", params={"to": address}).json()["messages"]
        return str(mails[0]["code"])

    return Emulator("local Cognito", emulator_url, code_for)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.sentence)
def test_local_cognito_passes_scenario(local_cognito: Emulator, scenario: Scenario) -> None:
    scenario.run(PoolFixture(local_cognito, pool=scenario.pool, client=scenario.client))


def test_document_lists_every_scenario_as_passed() -> None:
    documented = rows_of(DOCUMENT.read_text())
    assert [(row.area, row.sentence) for row in documented] == [(each.area, each.sentence) for each in SCENARIOS]
    assert {row.results[0] for row in documented} == {"yes"}, "run make conformance"
