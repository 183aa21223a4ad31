import pytest

from api.cognito.password_policy import PasswordPolicy

STRICT = PasswordPolicy(
    minimum_length=8, require_lowercase=True, require_uppercase=True, require_numbers=True, require_symbols=True
)


@pytest.mark.parametrize("password", ["Passw0rd!", "Aa1-aaaa", "Aa1 aaaa", "Correct-Horse-9", "Ünï-Cödé-Aa1"])
def test_a_password_within_the_policy_has_no_violations(password: str) -> None:
    assert STRICT.violations(password) == []


@pytest.mark.parametrize(
    ("password", "violation"),
    [
        ("Aa1-aaa", "at least 8 characters"),
        ("AAAA1111-", "a lower-case letter (a-z)"),
        ("aaaa1111-", "an upper-case letter (A-Z)"),
        ("AAAAaaaa-", "a digit"),
        ("AAAAaaaa1", "a symbol out of"),
        (" Aa1-aaaa", "no white space at its ends"),
        ("Aa1-" + "a" * 253, "at most 256 characters"),
    ],
)
def test_each_rule_is_named(password: str, violation: str) -> None:
    (found,) = STRICT.violations(password)
    assert found.startswith(violation)


def test_eight_characters_are_the_least_without_a_known_policy() -> None:
    assert PasswordPolicy().violations("abcdefgh") == []
    assert PasswordPolicy().violations("abcdefg") == ["at least 8 characters"]
