from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasegate.policy.duration import parse_duration, write_duration


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("0s", timedelta(0)),
        ("10m", timedelta(minutes=10)),
        ("1h30m", timedelta(hours=1, minutes=30)),
        ("7d", timedelta(days=7)),
        ("1w1d1h1m1s", timedelta(weeks=1, days=1, hours=1, minutes=1, seconds=1)),
    ],
)
def test_a_length_of_time_is_read_as_it_is_written(text: str, length: timedelta) -> None:
    assert length == parse_duration(text)


@pytest.mark.parametrize(
    "value",
    ["", " 10m", "10 m", "10", "m", "-1h", "1.5h", "10M", "30m1h", "1h\n", "١٠m", "999999d", "10m10m", 10, 1.5, True, None, ["10m"]],
)
def test_what_is_no_length_of_time_is_refused_with_an_example(value: object) -> None:
    with pytest.raises(ValueError, match="write it like '10m'"):
        parse_duration(value)


@pytest.mark.parametrize("length", [timedelta(seconds=-1), timedelta(milliseconds=1), timedelta(days=3_661), timedelta.max])
def test_a_length_given_in_python_is_in_whole_seconds_up_to_ten_years(length: timedelta) -> None:
    with pytest.raises(ValueError, match="whole seconds up to ten years"):
        parse_duration(length)


def test_a_length_that_is_too_long_is_shown_as_python_writes_it() -> None:
    with pytest.raises(ValueError, match=r"^'3661 days, 0:00:00' is no length of time in whole seconds .* or '7d'$"):
        parse_duration(timedelta(days=3_661))


def test_the_longest_length_is_ten_years() -> None:
    assert {timedelta(days=3_660)} == {parse_duration(text) for text in ("3660d", "87840h", "5270400m", "316224000s")}


@given(st.integers(min_value=0, max_value=3_660 * 86_400))
def test_what_is_written_is_read_again(seconds: int) -> None:
    length = timedelta(seconds=seconds)

    assert length == parse_duration(write_duration(length))


def test_one_length_is_written_in_one_way() -> None:
    assert "1h" == write_duration(parse_duration("60m")) == write_duration(parse_duration("3600s"))
    assert ("0s", "90m", "1w") == tuple(map(write_duration, (timedelta(0), timedelta(minutes=90), timedelta(days=7))))
