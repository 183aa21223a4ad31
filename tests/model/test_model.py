"""The model of the rule: the stranger gets in nowhere, and without one sentence of the rule somewhere."""

from dataclasses import replace

import pytest

from tests.model.environments import ABLATIONS, HOLDS, QUICK
from tests.model.exploration import explore
from tests.model.rule import Rule


@pytest.mark.parametrize("name", QUICK)
def test_rule_keeps_stranger_out(name: str) -> None:
    found = explore(HOLDS[name])
    assert found.trace is None
    assert found.is_complete


@pytest.mark.parametrize("sentence", ABLATIONS)
def test_rule_needs_every_sentence(sentence: str) -> None:
    environment = ABLATIONS[sentence]
    assert explore(environment).trace is None
    found = explore(replace(environment, rule=replace(Rule(), **{sentence: False})))
    assert found.trace is not None
