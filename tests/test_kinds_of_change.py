"""What has changed from one text to the next, in the kinds that a policy can name; what no kind explains is of the text."""

from dataclasses import replace
from typing import Any

import pytest

from releasegate.decision.changes import Sealed, classify
from releasegate.model.declared import Declared
from releasegate.model.manifest import Manifest
from releasegate.model.schedule import Schedule
from tests.building import MANIFEST, NOON
from tests.by_hand import HOUR, hour

AT = replace(MANIFEST, schedule=hour(NOON + HOUR))
ONE, OTHER = ("one@paper.example",), ("other@paper.example",)


def sealed(manifest: Manifest = MANIFEST, **more: Any) -> Sealed:  # noqa: ANN401 - whatever a seal has
    """One letter to one reader."""
    usual: dict[str, Any] = {
        "envelopes": (ONE,),
        "senders": ("News <news@pr.example>",),
        "subjects": ("New wing",),
        "texts": ("It opens.",),
        "links": frozenset({"https://www.pr.example"}),
        "attachments": ("prices",),
        "heads": (("to", "one@paper.example"),),
        "rest": ("Reply-To",),
    }
    return Sealed(manifest=manifest, **usual | more)


def kinds(before: Sealed | None = None, /, *, was: Manifest = MANIFEST, now: dict[str, Any] | None = None, **more: Any) -> set[str]:  # noqa: ANN401 - as above
    """The kinds of change to a text with other words in its manifest (`now`), and otherwise sealed (`more`)."""
    return set(classify(before or sealed(was), sealed(replace(was, **{"parcels": "z"} | (now or {})), **more)))


def test_where_the_digest_is_the_same_nothing_has_changed() -> None:
    """Whatever a reader makes of the same bytes."""
    assert {"unchanged"} == classify(sealed(), sealed(texts=("It shuts.",), subjects=()))


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"subjects": ("New wings",)}, {"subject"}),
        ({"links": frozenset({"https://www.pr.example/2"})}, {"links"}),
        ({"attachments": ("prices", "map")}, {"attachments"}),
        ({"texts": ("It shuts.",)}, {"text"}),
        ({"rest": ()}, {"text"}),
        ({"senders": ("News! <news@pr.example>",)}, {"sender"}),
        ({"heads": (("to", "One <one@paper.example>"),)}, {"text"}),  # the same people, and other words for them
        ({"envelopes": (OTHER,)}, {"recipients.grown", "recipients.shrunk"}),
        ({"envelopes": (OTHER,), "heads": (("to", "other"),)}, {"recipients.grown", "recipients.shrunk"}),
        ({"envelopes": ((*ONE, *OTHER),)}, {"recipients.grown"}),
        ({"envelopes": ()}, {"recipients.shrunk"}),
        ({"texts": ("It shuts.",), "subjects": ("New",)}, {"text", "subject"}),
        ({"texts": ("It shuts.",), "links": frozenset()}, {"text", "links"}),
        ({}, {"text"}),  # other bytes, and nothing that says why
    ],
)
def test_each_part_of_a_letter_has_its_kind(more: dict[str, Any], told: set[str]) -> None:
    assert told == kinds(**more)


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ({"title": "August"}, {"subject"}),
        ({"sender": "other@pr.example"}, {"sender"}),
        ({"channel": "web"}, {"channel", "text"}),  # a way out explains no other bytes
        ({"identity": "outbox:other"}, {"channel", "text"}),
        ({"meant": "drill"}, {"channel", "text"}),
        ({"channel": "web", "parcels": "a"}, {"channel"}),
        ({"reach": 2}, {"recipients.grown"}),
        ({"reach": 0}, {"recipients.shrunk"}),
        ({"count": 2, "parcels": "a"}, {"text"}),
    ],
)
def test_each_word_of_the_manifest_has_its_kind(now: dict[str, Any], told: set[str]) -> None:
    assert told == kinds(now=now)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ((ONE, OTHER), (OTHER, ONE), {"text"}),  # the letters change hands
        ((ONE,), (ONE, OTHER), {"recipients.grown", "text"}),
        ((ONE, OTHER), (ONE,), {"recipients.shrunk"}),  # one letter is not dealt to anybody else
        ((ONE, OTHER), (ONE, (*OTHER, "more@paper.example")), {"recipients.grown", "text"}),
        ((ONE, OTHER), (ONE, OTHER), {"text"}),
    ],
)
def test_several_letters_and_not_the_same_people_for_each(before: Any, after: Any, told: set[str]) -> None:  # noqa: ANN401 - envelopes
    assert told == kinds(sealed(envelopes=before, heads=()), envelopes=after, heads=())


def test_the_same_letters_to_the_same_people_have_changed_in_what_is_told() -> None:
    """Nothing is dealt anew, and the subject explains the bytes."""
    two: dict[str, Any] = {"envelopes": (ONE, OTHER), "heads": ()}

    assert {"subject"} == kinds(sealed(**two), subjects=("New",), **two)


# --- the hour


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        (AT, {"schedule": hour(NOON + 2 * HOUR)}, {"schedule.later"}),
        (AT, {"schedule": hour(NOON)}, {"schedule.earlier"}),
        (AT, {"schedule": hour(NOON + HOUR, "UTC")}, {"schedule.later", "schedule.earlier"}),  # other words for the same moment
        (AT, {"window": 60}, {"schedule.later", "schedule.earlier"}),
        (AT, {"schedule": hour(NOON + 2 * HOUR), "window": 60}, {"schedule.later", "schedule.earlier"}),
        (AT, {"schedule": Schedule()}, {"schedule.later", "schedule.earlier"}),
        (MANIFEST, {"schedule": hour()}, {"schedule.later", "schedule.earlier"}),
        (AT, {"schedule": hour(NOON + 2 * HOUR), "channel": "web"}, {"schedule.later", "channel"}),
    ],
)
def test_another_hour_is_later_or_earlier_or_both(was: Manifest, now: dict[str, Any], told: set[str]) -> None:
    assert told == kinds(was=was, now={"parcels": "a"} | now)


def test_an_hour_explains_no_other_bytes() -> None:
    assert {"schedule.later", "text"} == kinds(was=AT, now={"schedule": hour(NOON + 2 * HOUR)})


# --- what its author says of it


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ({"declared": Declared(embargo=hour())}, {"text"}),
        ({"declared": Declared(embargo=hour()), "recipients": "z"}, {"text"}),
        ({"declared": Declared(count=3)}, {"text"}),
        ({"declared": Declared(count=3), "recipients": "z", "reach": 2}, {"recipients.grown"}),  # another number for other people
        ({"declared": Declared(embargo=hour()), "title": "August"}, {"subject", "text"}),
        ({"declared": Declared(count=3), "title": "August"}, {"subject", "text"}),
    ],
)
def test_another_embargo_or_number_is_another_text(now: dict[str, Any], told: set[str]) -> None:
    assert told == kinds(now={"parcels": "a"} | now)
