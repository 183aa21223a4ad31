"""The error table against botocore's model: a newer model with a new exception fails here, by name."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import Loader

from api import errors
from api.cognito.error_map import BY_OPERATION, DEFAULT, error_for
from api.cognito.lost_sends import is_undecidable
from api.cognito.wire import VOID
from api.web.problems import PROBLEMS
from tests.support.cognito import SUCCESS

# What was agreed before the first line, and what was decided since, for the operations that came later.
FILES = ("error_map.json", "error_map_beyond.json")
AGREED: dict[str, dict[str, Any]] = {
    operation: rows
    for name in FILES
    for operation, rows in json.loads((Path(__file__).parent / name).read_text())["by_operation"].items()
}


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
    new = {
        operation: unknown
        for operation in SUCCESS
        if (unknown := exceptions(model, operation) - AGREED.get(operation, {}).keys())
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
    assert raised - PROBLEMS.keys() == {errors.Concealed}


@pytest.mark.parametrize(
    ("status", "expected"), [(400, errors.UpstreamInvalidResponse), (500, errors.UpstreamUnavailable)]
)
def test_an_unknown_exception_is_upstreams_fault(status: int, expected: type[errors.AuthError]) -> None:
    assert error_for("SignUp", status, "Unknown", "") is expected


# Where the agreed table would tell who has an account: 429 for a real address, another answer for an unknown one.
TELLING = {
    ("SignUp", "LimitExceededException"),
    ("ConfirmSignUp", "LimitExceededException"),
    ("ConfirmSignUp", "TooManyFailedAttemptsException"),
    ("ConfirmForgotPassword", "LimitExceededException"),
    ("ConfirmForgotPassword", "TooManyFailedAttemptsException"),
}


def test_the_agreed_table_holds() -> None:
    wrong: list[str] = []
    for operation, rows in AGREED.items():
        for code, row in rows.items():
            if (operation, code) in TELLING:
                continue
            found = error_for(operation, 400, code, "")
            slug = None if found is errors.Concealed else PROBLEMS[found].slug
            if (slug, PROBLEMS[found].status if slug else row["status"]) != (row["slug"], row["status"]):
                wrong.append(f"{operation} {code}: {slug} is not {row['slug']}")
    assert wrong == []


def test_credentials_are_missing_only_where_some_are_used() -> None:
    assert error_for("ListUsers", 400, "UnrecognizedClientException", "") is errors.CredentialsMissing
    assert error_for("ListUserSessions", 400, "UnrecognizedClientException", "") is errors.FeatureNotEnabled


# An operation that was done unheard, and what its second send then says or may say.
LOST = [
    ("RespondToAuthChallenge", "NotAuthorizedException"),
    ("RespondToAuthChallenge", "CodeMismatchException"),
    ("RespondToAuthChallenge", "ExpiredCodeException"),
    ("RespondToAuthChallenge", "PasswordHistoryPolicyViolationException"),
    ("VerifySoftwareToken", "EnableSoftwareTokenMFAException"),
    ("VerifySoftwareToken", "NotAuthorizedException"),
    ("VerifyUserAttribute", "CodeMismatchException"),
    ("VerifyUserAttribute", "ExpiredCodeException"),
    ("CompleteWebAuthnRegistration", "WebAuthnChallengeNotFoundException"),
    ("AssociateSoftwareToken", "ConcurrentModificationException"),
    ("AssociateSoftwareToken", "NotAuthorizedException"),
    ("ChangePassword", "PasswordHistoryPolicyViolationException"),
    ("ChangePassword", "TooManyRequestsException"),
    ("ConfirmForgotPassword", "CodeMismatchException"),
    ("ConfirmForgotPassword", "ExpiredCodeException"),
    ("ConfirmForgotPassword", "LimitExceededException"),
    ("ConfirmForgotPassword", "PasswordHistoryPolicyViolationException"),
    ("ConfirmSignUp", "ExpiredCodeException"),
    ("ConfirmSignUp", "ForbiddenException"),
    ("ConfirmSignUp", "NotAuthorizedException"),
    ("ConfirmSignUp", "LimitExceededException"),
    ("DeleteUser", "NotAuthorizedException"),
    ("GetTokensFromRefreshToken", "NotAuthorizedException"),
    ("GetTokensFromRefreshToken", "RefreshTokenReuseException"),
    ("GetTokensFromRefreshToken", "TooManyRequestsException"),
    ("GetUserAttributeVerificationCode", "TooManyRequestsException"),
    ("RevokeUserSession", "NotAuthorizedException"),
]
HEARD = [
    # Asked again, and that is all that it takes.
    ("InitiateAuth", "TooManyRequestsException"),
    ("GetUser", "TooManyRequestsException"),
    ("ListDevices", "NotAuthorizedException"),
    ("AdminGetUser", "UserNotFoundException"),
    # The first send was refused for the same reason.
    ("ChangePassword", "InvalidPasswordException"),
    ("ChangePassword", "InvalidParameterException"),
    ("SignUp", "InvalidPasswordException"),
    ("SignUp", "ResourceNotFoundException"),
    ("SetUserMFAPreference", "NotAuthorizedException"),
    # Confirmed unheard, it would say that.
    ("ConfirmSignUp", "CodeMismatchException"),
    ("ConfirmSignUp", "UserNotFoundException"),
    # What is concealed claims nothing.
    ("SignUp", "UsernameExistsException"),
    ("ForgotPassword", "LimitExceededException"),
]


@pytest.mark.parametrize(("operation", "code"), LOST)
def test_what_a_lost_answer_makes_doubtful_is_not_called_wrong(operation: str, code: str) -> None:
    assert is_undecidable(operation, code, error_for(operation, 400, code, ""))


@pytest.mark.parametrize(("operation", "code"), HEARD)
def test_what_is_true_of_every_send_is_told(operation: str, code: str) -> None:
    assert not is_undecidable(operation, code, error_for(operation, 400, code, ""))


def test_an_old_password_may_be_wrong_because_it_was_changed_unheard() -> None:
    found = error_for("ChangePassword", 400, "NotAuthorizedException", "Incorrect username or password.")
    assert is_undecidable("ChangePassword", "NotAuthorizedException", found)


def test_a_refusal_without_a_name_is_of_this_send_only() -> None:
    assert is_undecidable("ChangePassword", "", error_for("ChangePassword", 429, "", ""))


@pytest.mark.parametrize("code", ["UserNotFoundException", "NotAuthorizedException", "UsernameExistsException"])
def test_a_server_that_fails_knows_nothing_of_the_user(code: str) -> None:
    assert error_for("SignUp", 500, code, "") is errors.UpstreamUnavailable


def test_what_the_model_gives_no_output_is_known(model: dict[str, Any]) -> None:
    without = {name for name, operation in model["operations"].items() if "output" not in operation}
    assert without & SUCCESS.keys() == VOID
