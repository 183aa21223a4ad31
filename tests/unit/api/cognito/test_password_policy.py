import pytest

from api.cognito.password_policy import PasswordPolicy

STRICT = PasswordPolicy(
    minimum_length=8, require_lowercase=True, require_uppercase=True, require_numbers=True, require_symbols=True
)


@pytest.mark.parametrize("password", ["Passw0rd!", "Aa1-aaaa", "Aa1 aaaa", "Correct-Horse-9", "Ünï-Cödé-Aa1"])
def test_valid_password_has_no_violations(password: str) -> None:
    assert STRICT.violations(password) == []


@pytest.mark.parametrize(
    ("password", "violation"),
    [
        ("Aa1-aaa", "at least 8 characters"),
        ("AAAA1111-", "a lower-case letter (a-z)"),
        ("aaaa1111-", "an upper-case letter (A-Z)"),
        ("AAAAaaaa-", "a digit"),
        ("AAAAaaaa1", "a symbol out of"),
        (" Aa1-aaaa", "no leading or trailing white space"),
        ("Aa1-" + "a" * 253, "at most 256 characters"),
    ],
)
def test_violation_names_broken_rule(password: str, violation: str) -> None:
    (found,) = STRICT.violations(password)
    assert found.startswith(violation)


def test_default_policy_requires_eight_characters() -> None:
    assert PasswordPolicy().violations("abcdefgh") == []
    assert PasswordPolicy().violations("abcdefg") == ["at least 8 characters"]
