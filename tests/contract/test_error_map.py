"""The error tables match botocore's model: an exception that a newer model adds fails here by name."""

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

# The table agreed before the implementation, where changed with a reason, and the decisions for operations added since.
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


def test_default_table_matches_modelled_exceptions(model: dict[str, Any]) -> None:
    modelled = {name for operation in model["operations"] for name in exceptions(model, operation)}
    assert modelled - DEFAULT.keys() == set()
    assert DEFAULT.keys() - modelled == set()


def test_called_operations_have_no_undecided_exception(model: dict[str, Any]) -> None:
    new = {
        operation: unknown
        for operation in SUCCESS
        if (unknown := exceptions(model, operation) - AGREED.get(operation, {}).keys())
    }
    assert new == {}


def test_operation_rows_name_modelled_exceptions(model: dict[str, Any]) -> None:
    for operation, rows in BY_OPERATION.items():
        # Exceptions that may have a row of an operation although the model does not list them for it.
        assert rows.keys() - exceptions(model, operation) <= {
            "UserNotFoundException",
            "UserNotConfirmedException",
            "PasswordResetRequiredException",
            "CodeDeliveryFailureException",
            "NotAuthorizedException",
            "AccessDeniedException",
        }, operation


def test_every_error_has_problem_type() -> None:
    raised = {*DEFAULT.values(), *(row for rows in BY_OPERATION.values() for row in rows.values())}
    assert raised - PROBLEMS.keys() == {errors.Concealed}


@pytest.mark.parametrize(
    ("status", "expected"), [(400, errors.UpstreamInvalidResponse), (500, errors.UpstreamUnavailable)]
)
def test_unknown_exception_is_upstream_error(status: int, expected: type[errors.AuthError]) -> None:
    assert error_for("SignUp", status, "Unknown", "") is expected


def test_errors_match_agreed_table() -> None:
    wrong: list[str] = []
    for operation, rows in AGREED.items():
        for code, row in rows.items():
            found = error_for(operation, 400, code, "")
            problem_slug = None if found is errors.Concealed else PROBLEMS[found].slug
            if (problem_slug, PROBLEMS[found].status if problem_slug else row["status"]) != (
                row["slug"],
                row["status"],
            ):
                wrong.append(f"{operation} {code}: {problem_slug} is not {row['slug']}")
    assert wrong == []


# Of the operations that take a code: a trigger, and an address of two accounts, come after the right one.
CODE: dict[str, bool | str] = {
    "CodeMismatchException": True,
    "ExpiredCodeException": True,
    "InvalidParameterException": True,
    "LimitExceededException": True,
    "NotAuthorizedException": True,
    "TooManyFailedAttemptsException": True,
    "UserNotFoundException": True,
    "ForbiddenException": False,
    "InternalErrorException": False,
    "InvalidLambdaResponseException": False,
    "OperationNotEnabledException": False,
    "ResourceNotFoundException": False,
    "TooManyRequestsException": False,
    "UnexpectedLambdaException": False,
    "UserLambdaValidationException": False,
}
# Whether each exception of the operations that take an address can only come for an address with an account. "message":
# for one trigger, which the message names, and not for the others.
ONLY_WITH_ACCOUNT: dict[str, dict[str, bool | str]] = {
    "SignUp": {
        # A new account is mailed a code; before, PreSignUp judges every sign-up.
        "CodeDeliveryFailureException": True,
        "InvalidEmailRoleAccessPolicyException": True,
        "InvalidLambdaResponseException": "PreSignUp",
        "InvalidSmsRoleAccessPolicyException": True,
        "InvalidSmsRoleTrustRelationshipException": True,
        "LimitExceededException": True,
        "UnexpectedLambdaException": "PreSignUp",
        "UserLambdaValidationException": "PreSignUp",
        "UsernameExistsException": True,
        "ForbiddenException": False,
        "InternalErrorException": False,
        "InvalidParameterException": False,
        "InvalidPasswordException": False,
        "NotAuthorizedException": False,
        "OperationNotEnabledException": False,
        "ResourceNotFoundException": False,
        "TooManyRequestsException": False,
    },
    "ResendConfirmationCode": {
        "CodeDeliveryFailureException": True,
        "InvalidEmailRoleAccessPolicyException": True,
        "InvalidLambdaResponseException": True,
        "InvalidParameterException": True,
        "InvalidSmsRoleAccessPolicyException": True,
        "InvalidSmsRoleTrustRelationshipException": True,
        "LimitExceededException": True,
        "NotAuthorizedException": True,
        "UnexpectedLambdaException": True,
        "UserLambdaValidationException": True,
        "UserNotFoundException": True,
        "ForbiddenException": False,
        "InternalErrorException": False,
        "OperationNotEnabledException": False,
        "ResourceNotFoundException": False,
        "TooManyRequestsException": False,
    },
    "InitiateAuth": {
        # Codes by mail and text message follow the right password; triggers before it do not.
        "InvalidLambdaResponseException": "PreTokenGeneration",
        "InvalidParameterException": "flow not enabled",
        "NotAuthorizedException": True,
        "PasswordResetRequiredException": True,
        "UnexpectedLambdaException": "PostAuthentication",
        "UserLambdaValidationException": "PostAuthentication",
        "UserNotConfirmedException": True,
        "UserNotFoundException": True,
        "FeatureUnavailableInTierException": False,
        "ForbiddenException": False,
        "InternalErrorException": False,
        "InvalidEmailRoleAccessPolicyException": False,
        "InvalidSmsRoleAccessPolicyException": False,
        "InvalidSmsRoleTrustRelationshipException": False,
        "InvalidUserPoolConfigurationException": False,
        "OperationNotEnabledException": False,
        "ResourceNotFoundException": False,
        "TooManyRequestsException": False,
        "UnsupportedOperationException": False,
    },
    "ConfirmSignUp": {**CODE, "AliasExistsException": False},
    "ConfirmForgotPassword": {
        **CODE,
        "UserNotConfirmedException": True,
        "InvalidPasswordException": False,
        "PasswordHistoryPolicyViolationException": False,
    },
}
ONLY_WITH_ACCOUNT["ForgotPassword"] = ONLY_WITH_ACCOUNT["ResendConfirmationCode"]
# What an address without an account is answered with; the service conceals the other errors of InitiateAuth.
WITHOUT_ACCOUNT: dict[str, set[type[errors.AuthError]]] = {
    "SignUp": {errors.Concealed},
    "ResendConfirmationCode": {errors.Concealed},
    "ForgotPassword": {errors.Concealed},
    "InitiateAuth": {errors.InvalidCredentials, errors.EmailNotVerified, errors.PasswordResetRequired},
    "ConfirmSignUp": {errors.InvalidCode},
    "ConfirmForgotPassword": {errors.InvalidCode},
}


@pytest.mark.parametrize("operation", WITHOUT_ACCOUNT)
def test_account_exceptions_are_total_over_model(model: dict[str, Any], operation: str) -> None:
    assert exceptions(model, operation) == ONLY_WITH_ACCOUNT[operation].keys()


@pytest.mark.parametrize("operation", WITHOUT_ACCOUNT)
def test_account_exceptions_are_errors_of_unknown_address(operation: str) -> None:
    for code, only in ONLY_WITH_ACCOUNT[operation].items():
        concealed = WITHOUT_ACCOUNT[operation]
        assert (error_for(operation, 400, code, "") in concealed) == bool(only), code
        if isinstance(only, str):
            assert error_for(operation, 400, code, f"{only} failed with error") not in concealed, code


def test_unrecognized_client_depends_on_operation() -> None:
    assert error_for("ListUsers", 400, "UnrecognizedClientException", "") is errors.CredentialsMissing
    assert error_for("ListUserSessions", 400, "UnrecognizedClientException", "") is errors.FeatureNotEnabled


# Errors that a retry may get because the first attempt was executed and its response was lost.
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
    # Operations without an effect that a lost response could hide.
    ("InitiateAuth", "TooManyRequestsException"),
    ("GetUser", "TooManyRequestsException"),
    ("ListDevices", "NotAuthorizedException"),
    ("AdminGetUser", "UserNotFoundException"),
    # The first attempt was refused for the same reason.
    ("ChangePassword", "InvalidPasswordException"),
    ("ChangePassword", "InvalidParameterException"),
    ("SignUp", "InvalidPasswordException"),
    ("SignUp", "ResourceNotFoundException"),
    ("SetUserMFAPreference", "NotAuthorizedException"),
    # If the first attempt had confirmed the user, the retry would get another error.
    ("ConfirmSignUp", "CodeMismatchException"),
    ("ConfirmSignUp", "UserNotFoundException"),
    # A concealed error asserts nothing.
    ("SignUp", "UsernameExistsException"),
    ("ForgotPassword", "LimitExceededException"),
]


@pytest.mark.parametrize(("operation", "code"), LOST)
def test_error_after_lost_response_is_undecidable(operation: str, code: str) -> None:
    assert is_undecidable(operation, code, error_for(operation, 400, code, ""))


@pytest.mark.parametrize(("operation", "code"), HEARD)
def test_error_true_of_every_attempt_is_decidable(operation: str, code: str) -> None:
    assert not is_undecidable(operation, code, error_for(operation, 400, code, ""))


def test_wrong_old_password_is_undecidable() -> None:
    found = error_for("ChangePassword", 400, "NotAuthorizedException", "Incorrect username or password.")
    assert is_undecidable("ChangePassword", "NotAuthorizedException", found)


def test_error_without_name_is_undecidable() -> None:
    assert is_undecidable("ChangePassword", "", error_for("ChangePassword", 429, "", ""))


@pytest.mark.parametrize("code", ["UserNotFoundException", "NotAuthorizedException", "UsernameExistsException"])
def test_server_error_is_upstream_unavailable(code: str) -> None:
    assert error_for("SignUp", 500, code, "") is errors.UpstreamUnavailable


def test_void_operations_match_model(model: dict[str, Any]) -> None:
    without = {name for name, operation in model["operations"].items() if "output" not in operation}
    assert without & SUCCESS.keys() == VOID
