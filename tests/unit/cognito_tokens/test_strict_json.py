import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_tokens import strict_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-(2.0**53), 2.0**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_json_value_round_trips(value: Any) -> None:
    assert strict_json.loads(json.dumps(value, ensure_ascii=False).encode()) == value
    assert strict_json.loads(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"nonsense",
        b"{} {}",
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'["\xff"]',
        b"\xff\xfe{\x00}\x00",
        b"[" * 33 + b"]" * 33,
        b"[" * 100_000,
        b'{"a":' * 40 + b"1" + b"}" * 40,
    ],
)
def test_ambiguous_or_invalid_json_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"JSON|UTF-8") as caught:
        strict_json.loads(text)
    assert "\\ud800" not in str(caught.value)


@given(st.binary(max_size=64))
def test_any_bytes_are_parsed_or_refused(data: bytes) -> None:
    try:
        strict_json.loads(data)
    except ValueError as error:
        assert type(error) is ValueError  # noqa: PT017 - both outcomes are valid
