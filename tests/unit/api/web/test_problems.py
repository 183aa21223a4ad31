import re

import pytest

from api import errors
from api.errors import AuthError
from api.web.problems import HTTP_PROBLEMS, NOT_READY, PROBLEMS, ProblemType
from tests.support.servers import ROOT

ROWS = [*PROBLEMS.values(), *HTTP_PROBLEMS.values(), NOT_READY]


def leaves(kind: type[AuthError]) -> set[type[AuthError]]:
    below = {leaf for child in kind.__subclasses__() for leaf in leaves(child)}
    return below or {kind}


def test_every_error_has_problem_type() -> None:
    never_answered = {errors.ConfigurationError, errors.Concealed}
    assert leaves(AuthError) - never_answered <= PROBLEMS.keys()


def test_docstring_tree_matches_error_classes() -> None:
    named = re.findall(r"[├└]── (\w+)", errors.__doc__ or "")
    defined = [name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, AuthError)]
    assert sorted(named) == sorted(set(defined) - {"AuthError"})


def test_problem_docs_match_slugs_and_statuses() -> None:
    text = (ROOT / "docs/problems.md").read_text()
    sections = dict(re.findall(r"^## (\S+)\n\n(.*?)(?=\n\n|\Z)", text, re.MULTILINE | re.DOTALL))
    assert sections.keys() == {row.slug for row in ROWS}
    for row in ROWS:
        assert str(row.status.value) in sections[row.slug]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.slug)
def test_retry_after_and_challenge_match_status(row: ProblemType) -> None:
    assert (row.retry_after is not None) == (row.status in {429, 503, 504})
    assert (row.challenge is not None) == (row.status == 401)
