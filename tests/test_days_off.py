"""A day on which nobody works is seen before it is the day of a send."""

import sys
from datetime import date

import pytest

from releasegate.checks import build_checks
from releasegate.checks.calendars import holiday
from releasegate.errors import PolicyError
from tests.building import RULES, approved, make_bench

CODE = "holiday-weekend"
SATURDAY = "2026-07-04 10:00 Asia/Tokyo"


def test_a_saturday_is_asked_about_and_let_stand_by_somebody_else(sqlite_url: str) -> None:
    gate = make_bench(sqlite_url).gate
    seen = approved(gate, send_at=SATURDAY)
    closed = gate.decide("d1")
    assert {CODE, "waiting-for-time"} == closed.blocked_by
    assert "2026-07-04 is a weekend (Sat)." in closed.explain()
    assert "2026-07-04 は土曜日です。" in closed.explain("ja")

    gate.waive("d1", CODE, digest=seen.digest, by="chie", note="The fair opens that day.")

    assert {"waiting-for-time"} == gate.decide("d1").blocked_by


def test_a_holiday_is_called_by_its_name(sqlite_url: str) -> None:
    rules = RULES + f'[checks]\n{CODE} = {{ calendars = ["JP"] }}\n'
    gate = make_bench(sqlite_url, rules=rules).gate
    approved(gate, send_at="2026-07-20 10:00 Asia/Tokyo")

    assert "2026-07-20 is a holiday (JP): 海の日." in gate.decide("d1").explain()


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2026-01-01", "元日"),
        ("2026-05-06", "振替休日"),
        ("2026-09-22", "国民の休日"),
        ("2026-09-23", "秋分の日"),
        ("2026-12-30", ""),
        ("2026-08-13", ""),
    ],
)
def test_the_days_that_the_japanese_calendar_has(day: str, name: str) -> None:
    """Neither the end of the year nor お盆 is one of them: those are closures."""
    assert name == holiday(date.fromisoformat(day), "JP")


def test_without_the_package_a_policy_with_a_calendar_does_not_load_and_says_how_to_mend_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)
    with pytest.raises(PolicyError, match=r'calendars.*needs the package holidays; pip install "releasegate\[calendar\]"'):
        build_checks({CODE: {"calendars": ["JP"]}})

    assert CODE in {each.id for each in build_checks({CODE: {"closures": ["12-24"]}})}


def test_what_no_policy_can_mean_does_not_load() -> None:
    wrong = {
        "calendars": ["JPN", "jp", "Japan"],
        "closures": [
            "Christmas",
            "12-32",
            "02-30",
            "2026-12-28..01-05",
            "12-28..2027-01-05",
            "2027-01-05..2026-12-28",
            "1-1",
            "12-29..",
            "",
        ],
        "weekend": ["caturday"],
        "zone": ["Asia/Tokio"],
    }
    for name, values in wrong.items():
        for value in values:
            with pytest.raises(PolicyError, match=f"{CODE}.{name}"):
                build_checks({CODE: {name: value if name == "zone" else [value]}})


def test_every_reason_is_told(sqlite_url: str) -> None:
    """1 January 2028 is a Saturday, a holiday, and in the holidays of the year's end."""
    gate = make_bench(sqlite_url, rules=RULES + f'[checks]\n{CODE} = {{ calendars = ["JP"] }}\n').gate
    approved(gate, send_at="2028-01-01 10:00 Asia/Tokyo")

    assert ["", "holiday", "closure"] == [each.params["variant"] for each in gate.decide("d1").blockers if each.code == CODE]
    assert "休業日です(12-29..01-03)" in gate.decide("d1").explain("ja")
