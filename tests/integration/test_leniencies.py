"""What the emulator lets pass and Cognito refuses, by name. A stricter emulator fails these tests: then mend them.

ministack 1.5.33 with AUTH=true; what AWS does is from its documentation.
"""

from collections.abc import Generator

import httpx
import pytest

from tests.support.walk import Account, Mailbox


@pytest.fixture
def account(api_url: str) -> Generator[Account]:
    with httpx.Client(base_url=api_url) as api:
        account = Account.new(api)
        assert account.sign_up().status_code == 202
        yield account


def test_lenient_an_unverified_user_is_named_after_a_wrong_password_too(account: Account) -> None:
    # Cognito says NotAuthorizedException until the password is right.
    assert account.log_in("Wrong-Horse-9").status_code == 403


def test_lenient_every_code_is_the_same(account: Account, mailbox: Mailbox) -> None:
    # Cognito's codes are random.
    assert mailbox.code_for(account.email) == "123456"


def test_lenient_a_wrong_password_never_locks_out(account: Account, mailbox: Mailbox) -> None:
    # Cognito locks the user out for a growing time after five wrong passwords.
    account.verify(mailbox.code_for(account.email))
    assert {account.log_in("Wrong-Horse-9").status_code for _ in range(8)} == {401}
    assert account.log_in().status_code == 200


def test_lenient_a_code_can_be_mistaken_without_end(account: Account, mailbox: Mailbox) -> None:
    # Cognito answers LimitExceededException after some tries.
    assert {account.verify("000000").status_code for _ in range(20)} == {400}
    assert account.verify(mailbox.code_for(account.email)).status_code == 204
