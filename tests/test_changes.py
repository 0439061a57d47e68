"""What has changed between two texts, kind by kind: a policy says of each whether signatures stand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from releasegate.decision.changes import Sealed, classify
from releasegate.model.declared import Declared
from releasegate.model.schedule import Schedule
from tests.building import MANIFEST

TEN = datetime(2026, 6, 30, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
ONE = Sealed(
    manifest=MANIFEST,
    envelopes=(("a@x.example",),),
    senders=("News <news@pr.example>",),
    subjects=("July",),
    texts=("The new wing opens.",),
    links=frozenset({"https://x.example/"}),
    attachments=("a.pdf",),
    heads=(("a@x.example",),),
    rest=("List-Id: x",),
)


def at(moment: datetime | None, *, text: str = "asked", zone: str = "UTC") -> Schedule:
    return Schedule(text=text, local=str(moment), zone=zone, utc=moment)


def changed(before: Sealed = ONE, *, manifest: dict[str, Any] | None = None, **parts: Any) -> frozenset[str]:  # noqa: ANN401
    """The kinds of change to a text that differs in these parts of its manifest and of what a reader meets."""
    other: dict[str, Any] = {"parcels": "p2"} if parts else {}
    return classify(before, replace(before, manifest=replace(before.manifest, **(other | (manifest or {}))), **parts))


def test_the_same_digest_is_no_change_whatever_else_is_said() -> None:
    assert {"unchanged"} == classify(ONE, replace(ONE, texts=("Another.",), subjects=("Another",)))


@pytest.mark.parametrize(
    ("expected", "parts"),
    [
        ({"subject"}, {"subjects": ("August",)}),
        ({"links"}, {"links": frozenset({"https://y.example/"})}),
        ({"attachments"}, {"attachments": ("b.pdf",)}),
        ({"sender"}, {"senders": ("Museum <news@pr.example>",)}),
        ({"text"}, {"texts": ("The new wing stays shut.",)}),
        ({"text"}, {"rest": ("List-Id: y",)}),
        ({"text"}, {"heads": (("Anna <a@x.example>",),)}),
        ({"subject", "text"}, {"subjects": ("August",), "texts": ("It is August.",)}),
        ({"subject", "text"}, {"subjects": ("August",), "rest": ("List-Id: y",)}),
        ({"links", "text"}, {"links": frozenset(), "texts": ("Without a link.",)}),
    ],
)
def test_what_a_reader_meets_has_a_kind_each(expected: set[str], parts: dict[str, Any]) -> None:
    assert expected == changed(**parts)


@pytest.mark.parametrize(
    ("expected", "manifest"),
    [
        ({"subject"}, {"title": "August"}),
        ({"sender"}, {"sender": "desk@pr.example"}),
        ({"channel"}, {"channel": "press"}),
        ({"channel"}, {"identity": "outbox:other"}),
        ({"channel"}, {"meant": "test"}),
        ({"recipients.grown"}, {"reach": 2}),
        ({"recipients.shrunk"}, {"reach": 0}),
        ({"text"}, {"parcels": "p2"}),
        ({"text"}, {"count": 2}),
        ({"text", "channel"}, {"parcels": "p2", "channel": "press"}),
        ({"subject"}, {"parcels": "p2", "title": "August"}),
    ],
)
def test_what_the_manifest_says_has_a_kind_each(expected: set[str], manifest: dict[str, Any]) -> None:
    """What no kind explains is another text."""
    assert expected == changed(manifest=manifest)


@pytest.mark.parametrize(
    ("expected", "envelopes", "heads"),
    [
        ({"recipients.grown"}, (("a@x.example", "b@x.example"),), (("a@x.example", "b@x.example"),)),
        ({"recipients.grown", "recipients.shrunk"}, (("b@x.example",),), (("b@x.example",),)),
        ({"recipients.shrunk"}, ((),), ((),)),
        ({"recipients.grown", "text"}, (("a@x.example",), ("b@x.example",)), (("a@x.example",), ("b@x.example",))),
    ],
)
def test_who_came_and_who_went(expected: set[str], envelopes: tuple[tuple[str, ...], ...], heads: tuple[tuple[str, ...], ...]) -> None:
    """Of several letters it is told as another text too: not the same people get the same ones."""
    assert expected == changed(manifest={"recipients": "r2"}, envelopes=envelopes, heads=heads)


def test_two_letters_that_change_their_readers_are_another_text() -> None:
    pair = replace(ONE, envelopes=(("a@x.example",), ("b@x.example",)), heads=())

    assert {"text"} == changed(pair, envelopes=(("b@x.example",), ("a@x.example",)))
    assert {"subject"} == changed(pair, subjects=("August",))


@pytest.mark.parametrize(
    ("expected", "before", "after"),
    [
        ({"schedule.later"}, at(TEN), at(TEN + HOUR)),
        ({"schedule.earlier"}, at(TEN + HOUR), at(TEN)),
        ({"schedule.later", "schedule.earlier"}, at(None, text=""), at(TEN)),
        ({"schedule.later", "schedule.earlier"}, at(TEN), at(None, text="")),
        ({"schedule.later", "schedule.earlier"}, at(None), at(None, text="other")),
        ({"schedule.later", "schedule.earlier"}, at(TEN), at(TEN, zone="Asia/Tokyo")),
    ],
)
def test_a_later_hour_an_earlier_one_and_what_is_neither(expected: set[str], before: Schedule, after: Schedule) -> None:
    """What is no plain later hour counts as both: only the stricter rule may let a signature stand."""
    text = replace(ONE, manifest=replace(MANIFEST, schedule=before))

    assert expected == changed(text, manifest={"schedule": after})


@pytest.mark.parametrize("schedule", [at(TEN), at(TEN + HOUR)])
def test_another_window_is_both(schedule: Schedule) -> None:
    text = replace(ONE, manifest=replace(MANIFEST, schedule=at(TEN)))

    assert {"schedule.later", "schedule.earlier"} == changed(text, manifest={"schedule": schedule, "window": 3600})


@pytest.mark.parametrize(
    ("expected", "manifest"),
    [
        ({"text"}, {"declared": Declared(embargo=at(TEN))}),
        ({"text"}, {"declared": Declared(count=350)}),
        ({"text", "recipients.grown"}, {"declared": Declared(embargo=at(TEN)), "recipients": "r2", "reach": 2}),
        ({"recipients.grown"}, {"declared": Declared(count=2), "recipients": "r2", "reach": 2}),
    ],
)
def test_what_was_declared_of_the_same_people_is_part_of_the_text(expected: set[str], manifest: dict[str, Any]) -> None:
    """Another number for another list is told by the list."""
    assert expected == changed(manifest=manifest)
