"""Two texts of a draft side by side: what a reader would see of the change, and how many are meant."""

from email.message import EmailMessage

import pytest

from releasegate.gate import Gate
from releasegate.model.parcel import Parcel
from tests.building import mail, mails, make_gate, written


@pytest.fixture
def gate(sqlite_url: str) -> Gate:
    return make_gate(sqlite_url)


def _changes(lines: tuple[str, ...]) -> list[str]:
    return [line for line in lines if line[:1] in "+-" and line[:3] not in {"+++", "---"}]


def _with_picture(name: str, data: bytes = b"GIF89a") -> EmailMessage:
    made = mail("See the picture.")
    made.add_attachment(data, maintype="image", subtype="gif", filename=name)
    return made


def test_the_lines_that_differ_are_shown_and_the_others_stand_round_them(gate: Gate) -> None:
    first = written(gate, content=mail("The old wing opens.\nCome: https://pr.example/old", subject="Old wing"))
    written(gate, content=mail("The new wing opens.\nCome: https://pr.example/new", subject="New wing"))

    lines = gate.diff("d1", since=first.digest).seen.lines

    assert [f"--- {first.mark}", f"+++ {gate.draft('d1').mark}"] == list(lines[:2])
    assert [
        "-Subject: Old wing",
        "+Subject: New wing",
        "-The old wing opens.",
        "-Come: https://pr.example/old",
        "-Link: https://pr.example/old",
        "+The new wing opens.",
        "+Come: https://pr.example/new",
        "+Link: https://pr.example/new",
    ] == _changes(lines)
    assert " To: reader@paper.example" in lines


def test_of_many_mails_the_first_that_differs_is_shown_and_all_are_counted(gate: Gate) -> None:
    first = written(gate, content=mails(300))
    letters = mails(300)
    for number in (250, 280):
        letters[number - 1].set_content(f"Dear reader {number}. The garden opens.\n")
    written(gate, content=letters)

    seen = gate.diff("d1", since=first.digest).seen

    assert (2, 0, 0) == (seen.changed, seen.joined, seen.gone)
    assert ["-Dear reader 250. The new wing opens.", "+Dear reader 250. The garden opens."] == _changes(seen.lines)


def test_who_is_new_and_who_is_gone_is_counted_and_no_mail_differs(gate: Gate) -> None:
    first = written(gate, content=mails(5))
    written(gate, content=[*mails(8)[2:], mail(to="reader3@paper.example")])

    found = gate.diff("d1", since=first.digest)

    assert (0, 4, 2, 5, 7) == (found.seen.changed, found.seen.joined, found.seen.gone, found.before.reach, found.after.reach)
    assert () == found.seen.lines


def test_where_nobody_gets_both_the_first_mails_stand_for_the_others(gate: Gate) -> None:
    first = written(gate, content=mail(to="one@paper.example"))
    written(gate, content=mail(to="two@paper.example"))

    seen = gate.diff("d1", since=first.digest).seen

    assert (1, 1, 1) == (seen.changed, seen.joined, seen.gone)
    assert ["-To: one@paper.example", "+To: two@paper.example"] == _changes(seen.lines)


def test_boundaries_that_are_made_anew_are_no_difference(gate: Gate) -> None:
    first = written(gate, content=[_with_picture("wing.gif"), mail("One.", to="two@paper.example")])
    written(gate, content=[_with_picture("wing.gif"), mail("Two.", to="two@paper.example")])

    seen = gate.diff("d1", since=first.digest).seen

    assert (1, ["-One.", "+Two."]) == (seen.changed, _changes(seen.lines))


def test_another_picture_under_the_same_name_is_seen(gate: Gate) -> None:
    first = written(gate, content=_with_picture("wing.gif"))
    written(gate, content=_with_picture("wing.gif", b"GIF89b"))

    assert ["Attached: wing.gif (image/gif, 6 bytes, "] * 2 == [
        line[1:41] for line in _changes(gate.diff("d1", since=first.digest).seen.lines)
    ]


def test_what_no_reader_sees_has_no_lines(gate: Gate) -> None:
    """Another way of writing the same letters down."""
    one, other = mail("Café."), mail("Café.")
    other.set_content("Café.\n", cte="base64")
    first = written(gate, content=one)
    written(gate, content=other)

    assert (1, ()) == ((seen := gate.diff("d1", since=first.digest).seen).changed, seen.lines)


def test_a_post_is_compared_by_its_text(gate: Gate) -> None:
    old, new = (Parcel(body=text, to=("@us",), sender="@us", title="Post", media="text/plain") for text in (b"Old.", b"New."))
    first = written(gate, content=[old])
    written(gate, content=[new])

    assert ["-Old.", "+New."] == _changes(gate.diff("d1", since=first.digest).seen.lines)
