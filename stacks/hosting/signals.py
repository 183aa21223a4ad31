"""What the API's log is watched for: a metric filter and an alarm for each signal.

A test walks the API and finds the lines that each signal matches (``tests/contract/test_observability.py``), so that no
filter outlives the line that it waits for.
"""

from dataclasses import dataclass
from typing import Literal

Value = str | int
Operator = Literal["=", "!=", ">="]
NAMESPACE = "SignIn"


@dataclass(frozen=True)
class Signal:
    """A metric of log lines and its alarm, which fires where the ``statistic`` of ``seconds`` reaches ``threshold``."""

    name: str
    """In CloudWatch; the alarm has the same name."""
    meaning: str
    """What an operator does about it: the description of the alarm."""
    conditions: tuple[tuple[str, Operator, Value], ...]
    """Fields of a line and what they are compared with; ``*`` in a text stands for any text."""
    threshold: float
    statistic: str = "Sum"
    value: str = "1"
    """What a line adds to the metric: 1, or a field."""
    seconds: int = 300

    @property
    def pattern(self) -> str:
        """The filter in CloudWatch's syntax for JSON lines ("Filter pattern syntax")."""
        terms = [
            f'$.{field} {operator} "{value}"' if isinstance(value, str) else f"$.{field} {operator} {value}"
            for field, operator, value in self.conditions
        ]
        return f"{{ {' && '.join(terms)} }}"


def _line(text: str) -> tuple[tuple[str, Operator, Value], ...]:
    return (("message", "=", text),)


SIGNALS = (
    Signal(
        "ServerErrors",
        "Responses of 500 and above. The log's lines with this status name the route, the problem and Cognito's part.",
        # Not those of /readyz: a deployment that mends Cognito's settings must not be rolled back because of them.
        (("message", "=", "request"), ("status", ">=", 500), ("route", "!=", "/readyz")),
        threshold=10,
    ),
    Signal(
        "RequestMilliseconds",
        "The slowest hundredth of requests takes long. `upstream` of a line is Cognito's part of it.",
        (("message", "=", "request"), ("ms", ">=", 0)),
        threshold=5000,
        statistic="p99",
        value="$.ms",
    ),
    Signal(
        "NotReady",
        "/readyz is 503, and its problem says why. No task is replaced because of it: that would mend nothing.",
        (("route", "=", "/readyz"), ("status", "=", 503)),
        threshold=3,
    ),
    Signal(
        "Misconfigured",
        "Cognito refuses the client, its secret, a mail or a trigger; the line names it (`make doctor`).",
        _line("misconfigured*"),
        threshold=1,
    ),
    Signal(
        "UnhandledErrors",
        "A fault of this program; the line has its type and place.",
        _line("unhandled error"),
        threshold=1,
    ),
    Signal(
        "RefreshTokenReuse",
        "A refresh token was used twice: it was copied, or a client retried too late. The session was ended.",
        (("event", "=", "refresh_token_reuse"),),
        threshold=5,
    ),
    Signal(
        "StateStoreAway",
        "The state store does not answer: sign-up and verification are 503, sign-in follows STATE_FAILURE.",
        _line("the state store*"),
        threshold=1,
    ),
    Signal(
        "RevocationsAway",
        "Log-outs are not shared between the tasks; a token that has been revoked may still be accepted by the others.",
        _line("revocation store unavailable*"),
        threshold=1,
    ),
    Signal(
        "AuditFailures",
        "The sink of AUDIT_SINK failed; the events are in this log.",
        _line("the audit sink failed"),
        threshold=1,
    ),
    Signal(
        "Overload",
        "Calls to Cognito were shed, because UPSTREAM_CONCURRENCY of one operation were in progress.",
        _line("overload*"),
        threshold=1,
    ),
    Signal(
        "LogLinesDropped",
        "The log was written faster than it was taken; the line counts what is missing.",
        _line("standard error took no more*"),
        threshold=1,
    ),
)
