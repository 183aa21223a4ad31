"""The error table against botocore's model: a newer model with a new exception fails here, by name."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import Loader

from api import errors
from api.cognito.error_map import BY_OPERATION, DEFAULT, situation
from api.problems import TABLE

AGREED = Path(__file__).parent / "error_map.json"


@pytest.fixture(scope="module")
def model() -> dict[str, Any]:
    return Loader().load_service_model("cognito-idp", "service-2")  # pyright: ignore[reportUnknownMemberType]


def exceptions(model: dict[str, Any], operation: str) -> set[str]:
    return {error["shape"] for error in model["operations"][operation].get("errors", [])}


def test_every_exception_of_the_model_has_a_row_and_no_row_is_invented(model: dict[str, Any]) -> None:
    modelled = {name for operation in model["operations"] for name in exceptions(model, operation)}
    assert modelled - DEFAULT.keys() == set()
    assert DEFAULT.keys() - modelled == set()


def test_no_operation_of_ours_has_an_exception_that_nobody_decided_on(model: dict[str, Any]) -> None:
    agreed = json.loads(AGREED.read_text())["by_operation"]
    new = {
        operation: unknown
        for operation, rows in agreed.items()
        if (unknown := exceptions(model, operation) - rows.keys())
    }
    assert new == {}


def test_every_exception_of_an_operation_is_one_of_that_operation(model: dict[str, Any]) -> None:
    for operation, rows in BY_OPERATION.items():
        # TooManyRequests and the like may come from any operation; these rows are special to theirs.
        assert rows.keys() - exceptions(model, operation) <= {
            "UserNotFoundException",
            "UserNotConfirmedException",
            "PasswordResetRequiredException",
            "CodeDeliveryFailureException",
            "NotAuthorizedException",
            "AccessDeniedException",
        }, operation


def test_every_situation_has_a_row_in_the_problem_table() -> None:
    raised = {*DEFAULT.values(), *(row for rows in BY_OPERATION.values() for row in rows.values())}
    assert raised - TABLE.keys() == {errors.Concealed}


@pytest.mark.parametrize(
    ("status", "expected"), [(400, errors.UpstreamInvalidResponse), (500, errors.UpstreamUnavailable)]
)
def test_an_unknown_exception_is_upstreams_fault(status: int, expected: type[errors.AuthError]) -> None:
    assert situation("SignUp", status, "Unknown", "") is expected


# Where the agreed table would tell who has an account: 429 for a real address, another answer for an unknown one.
TELLING = {
    ("SignUp", "LimitExceededException"),
    ("ConfirmSignUp", "LimitExceededException"),
    ("ConfirmSignUp", "TooManyFailedAttemptsException"),
    ("ConfirmForgotPassword", "LimitExceededException"),
    ("ConfirmForgotPassword", "TooManyFailedAttemptsException"),
}


def test_the_agreed_table_holds() -> None:
    agreed = json.loads(AGREED.read_text())
    wrong: list[str] = []
    for operation, rows in agreed["by_operation"].items():
        for code, row in rows.items():
            if (operation, code) in TELLING:
                continue
            found = situation(operation, 400, code, "")
            slug = None if found is errors.Concealed else TABLE[found].slug
            if (slug, TABLE[found].status if slug else row["status"]) != (row["slug"], row["status"]):
                wrong.append(f"{operation} {code}: {slug} is not {row['slug']}")
    assert wrong == []


def test_credentials_are_missing_only_where_some_are_used() -> None:
    assert situation("ListUsers", 400, "UnrecognizedClientException", "") is errors.CredentialsMissing
    assert situation("ListUserSessions", 400, "UnrecognizedClientException", "") is errors.FeatureNotEnabled
