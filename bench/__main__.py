"""``python -m bench``: run every benchmark; exit 1 when a goal is missed."""

import sys

from bench import image, local_cognito, login, pages, session, start, synth, tokens
from bench.report import publish

if __name__ == "__main__":
    sys.exit(
        0
        if publish(
            [
                *start.measure(),
                *synth.measure(),
                *local_cognito.measure(),
                *tokens.measure(),
                *session.measure(),
                *login.measure(),
                *pages.measure(),
                *image.measure(),
            ]
        )
        else 1
    )
