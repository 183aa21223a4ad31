"""Common passwords, and passwords made of the user's or the product's name (NIST SP 800-63B-4, section 3.1.1.2)."""

from collections.abc import Iterable
from functools import cache

# What has to remain of a password without a context word, or a common one at its begin.
_SHORTEST_REST = 8


def is_common(password: str) -> bool:
    """Return whether the password, or its begin before up to seven digits and symbols, is among the 30,000 most used.

    The list is that of the library zxcvbn. The first call takes 50 ms.
    """
    folded = password.casefold()
    stem = folded.rstrip("0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ ")
    stems = {stem} if len(folded) - len(stem) < _SHORTEST_REST else set[str]()
    return not {folded, *stems}.isdisjoint(_common_passwords())


def context_word(password: str, words: Iterable[str]) -> str | None:
    """Return the word without which fewer than eight letters and digits are left of the password."""
    squashed = _squashed(password)
    for word in words:
        short = _squashed(word)
        if len(short) >= 3 and short in squashed and len(squashed) - len(short) < _SHORTEST_REST:  # noqa: PLR2004 - "ada"
            return word
    return None


def _squashed(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


@cache
def _common_passwords() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415 - 10 MB that most processes never need

    return frozenset(FREQUENCY_LISTS["passwords"])
