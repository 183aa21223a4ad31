from tests.support.api_client import Mailbox, complete_user_journey


def test_complete_user_journey_on_emulator_succeeds(api_url: str, mailbox: Mailbox) -> None:
    complete_user_journey(api_url, mailbox)
