from tests.support.walk import Mailbox, walk_the_whole_way


def test_a_person_walks_the_whole_way_on_the_emulator(api_url: str, mailbox: Mailbox) -> None:
    walk_the_whole_way(api_url, mailbox)
