"""What a provider renders is read back right before it leaves: another template, another list, or no answer, and nothing leaves."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import pytest

from releasegate.channels import Rendering, seal_rendering
from releasegate.errors import Blocked, ContentError, NotSent
from releasegate.gate import Gate
from releasegate.model.parcel import Parcel, Receipt
from releasegate.model.state import State
from releasegate.model.verdict import Decision
from releasegate.patience import within
from releasegate.rereading import compare
from releasegate.testing import Clock, Distributor, Outbox
from tests.booking import make_press
from tests.building import RULES, approved, make_policy, sign

ANNA, BEA = {"address": "anna@reader.example", "name": "Anna"}, {"address": "bea@reader.example", "name": "ベア"}


@dataclass
class Service(Outbox):
    """A provider that renders: what it holds can be edited behind our back; `fails` is what a look at it answers."""

    template: dict[str, Any] = field(default_factory=lambda: {"subject": "July", "html": "<p>The new wing opens.</p>"})
    people: list[dict[str, str]] = field(default_factory=lambda: [ANNA, BEA])
    fails: object = None
    looks: int = 0

    def now(self, audience: str = "members") -> Rendering:
        people = self.people if audience == "members" else [{"address": f"{audience}@reader.example"}]
        return Rendering(template="T1", body=self.template, audience=audience, people=people, title="July", data={"issue": "7"})

    def seal(self, content: object) -> Iterator[Parcel]:
        for each in content if isinstance(content, list) else [content]:
            assert isinstance(each, Rendering)
            yield from seal_rendering(each)

    def read_back(self, parcel: Parcel) -> Parcel:
        self.looks += 1
        if isinstance(self.fails, Exception):
            raise self.fails
        if self.fails is not None:
            return self.fails  # type: ignore[return-value]  # a provider may answer anything
        (found,) = self.seal(self.now(json.loads(parcel.body)["list"]["id"]))
        return found


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def gate(sqlite_url: str, service: Service) -> Iterator[Gate]:
    made = Gate(sqlite_url, policy=make_policy(RULES), channels={"news": service}, clock=Clock())
    made.write("d1", channel="news", content=service.now(), by="akari")
    made.submit("d1", by="akari", note="The July issue.")
    sign(made)
    yield made
    made.close()


def shut(gate: Gate) -> Decision:
    """The verdict of a send that does not take place."""
    with pytest.raises(Blocked) as error:
        gate.send("d1", by="mailer")
    assert isinstance(error.value.decision, Decision)
    return error.value.decision


def test_what_is_as_it_was_approved_leaves_once(gate: Gate, service: Service) -> None:
    """People are counted, not the one request; a list in another order is the same list."""
    service.people = [BEA, ANNA]

    report = gate.send("d1", by="mailer")

    assert (2, 2, 1, 1) == (report.sent, report.of, len(service.got), service.looks)
    assert report == gate.send("d1", by="mailer")
    assert (1, 1) == (len(service.got), service.looks), "what has left is not asked about"


@pytest.mark.parametrize(
    ("edit", "parts"),
    [
        (lambda service: service.template.update(html="<p>The old wing opens.</p>"), "template"),
        (lambda service: service.people.append({"address": "everybody@press.example", "name": "x"}), "list"),
        (lambda service: service.people.pop(), "list"),
        (lambda service: service.people.__setitem__(0, ANNA | {"name": "Eve"}), "list"),
    ],
    ids=["template edited", "list grown", "list shrunk", "row changed"],
)
def test_t11_what_is_another_one_by_now_does_not_leave(gate: Gate, service: Service, edit: Any, parts: str) -> None:  # noqa: ANN401
    """Both marks and the part are named; the draft is as it was, and leaves when the change is taken back."""
    template, people = dict(service.template), list(service.people)
    edit(service)

    verdict = shut(gate)

    (blocker,) = verdict.blockers
    (sealed,), (there,) = seal_rendering(Service().now()), seal_rendering(service.now())
    assert ("template-changed", sealed.digest[:8], there.digest[:8], parts) == (blocker.code, *(blocker.params[n] for n in NAMES))
    assert f"({parts}): approved {sealed.digest[:8]}, there now {there.digest[:8]}." in verdict.explain()
    assert verdict.explain().startswith('Not sent: d1 "July": 1 thing to clear.')
    assert "承認されたものと違います" in verdict.explain("ja")
    assert (State.APPROVED, [], 2) == (gate.draft("d1").state, service.got, gate.draft("d1").tally.waiting)
    told = next(event for event in gate.history("d1") if event.kind == "blocked")
    assert ({"by": ["template-changed"]}, sealed.digest[:8], there.digest[:8]) == (told.memo, told.data["sealed"], told.data["there"])
    service.template, service.people = template, people
    assert 2 == gate.send("d1", by="mailer").sent


NAMES = ("sealed", "there", "parts")


@pytest.mark.parametrize("fails", [OSError("no route"), NotSent("not now"), "no parcel", True])
def test_t11_what_cannot_be_read_back_does_not_leave(gate: Gate, service: Service, fails: object) -> None:
    service.fails = fails

    verdict = shut(gate)

    assert {"template-unread"} == verdict.blocked_by
    assert "cannot be read back" in verdict.explain()
    assert (State.APPROVED, []) == (gate.draft("d1").state, service.got)
    assert gate.verify().sound
    service.fails = None
    assert 2 == gate.send("d1", by="mailer").sent


class Copying(Service):
    """Makes what it holds of the parcel that it is shown, in whatever way; that one has worked out its digest already."""

    how = "model_copy"

    def read_back(self, parcel: Parcel) -> Parcel:
        (there,) = self.seal(self.now())
        assert parcel.digest
        if self.how == "model_copy":
            return parcel.model_copy(update={"body": there.body})
        made = parcel.model_copy()
        made.__dict__.update(body=there.body, digest=parcel.digest, content=parcel.content)
        return made


@pytest.mark.parametrize("how", ["model_copy", "by hand"])
def test_t11_i3_a_copy_that_brings_the_old_digest_along_is_another_text(sqlite_url: str, how: str) -> None:
    """A digest is worked out once and kept; copied with the fields it would vouch for a text that nobody has signed."""
    service = Copying()
    service.how = how
    gate = Gate(sqlite_url, policy=make_policy(RULES), channels={"news": service})
    gate.write("d1", channel="news", content=service.now(), by="akari")
    gate.submit("d1", by="akari", note="July.")
    sign(gate)
    service.template = {"subject": "July", "html": "<p>Buy now.</p>"}

    (blocker,) = shut(gate).blockers

    (there,) = service.seal(service.now())
    assert ("template-changed", there.digest[:8], []) == (blocker.code, blocker.params["there"], service.got)
    gate.close()


@pytest.mark.parametrize("odd", [{"body": bytearray(b"x")}, {"reach": True}, {"to": ["a@x.example"]}, {"to": (1,)}])
def test_t11_what_is_no_parcel_inside_cannot_be_compared(gate: Gate, service: Service, odd: dict[str, Any]) -> None:
    """Made past all checks; what would leave is not known."""
    fields: dict[str, Any] = {"body": b"x", "to": (), "sender": "", "title": "", "media": "", "reach": 0} | odd
    service.fails = Parcel.model_construct(**fields)

    assert {"template-unread"} == shut(gate).blocked_by
    assert [] == service.got


def test_a_copy_of_a_parcel_is_one_of_its_own() -> None:
    """Its digest is that of its fields, and its fields are checked."""
    first = Parcel(body=b"one", to=("a@x.example",))

    assert (Parcel(body=b"two", to=first.to).digest, first) == (first.model_copy(update={"body": b"two"}).digest, first.model_copy())
    assert first.digest != first.model_copy(update={"body": b"two"}).digest
    with pytest.raises(ValueError, match="text"):
        first.model_copy(update={"text": "two"})


@dataclass
class Hanging(Service):
    """Accepts the question and never answers, until its test is over."""

    deadline = 0.05
    over: threading.Event = field(default_factory=threading.Event)

    def read_back(self, parcel: Parcel) -> Parcel:
        self.over.wait(60)
        return parcel


def test_t11_a_provider_that_hangs_is_not_waited_for(sqlite_url: str) -> None:
    """One pass of the watch comes to its end, and the next draft, on another way out, leaves in it."""
    service, outbox = Hanging(), Outbox()
    rules = RULES.replace("[channels.news]", '[channels.wire]\nwindow = "2h"\n\n[channels.news]')
    clock = Clock()
    gate = Gate(sqlite_url, policy=make_policy(rules), channels={"news": service, "wire": outbox}, clock=clock)
    gate.write("d1", channel="news", content=service.now(), by="akari", send_at="2026-06-29T12:30 Asia/Tokyo")
    gate.submit("d1", by="akari", note="July.")
    sign(gate)
    approved(gate, "d2", channel="wire", send_at="2026-06-29T12:30 Asia/Tokyo")
    clock.forward(minutes=31)

    deeds = gate.watch(by="mailer").deeds

    assert [("d1", "template-unread"), ("d2", 1)] == [(each.draft_id, each.params.get("why") or each.params["sent"]) for each in deeds]
    assert ([], 1, State.APPROVED) == (service.got, len(outbox.got), gate.draft("d1").state)
    service.over.set()
    gate.close()


def test_an_awaited_send_whose_provider_hangs_is_not_waited_for(sqlite_url: str) -> None:
    """Its thread ends with the channel's deadline, so that a cancelled send ends, too."""

    class Awaited(Hanging):
        async def send(self, parcel: Parcel, *, key: str) -> Receipt:  # type: ignore[override]  # awaited
            raise AssertionError

    service = Awaited()
    gate = Gate(sqlite_url, policy=make_policy(RULES), channels={"news": service})
    gate.write("d1", channel="news", content=service.now(), by="akari")
    gate.submit("d1", by="akari", note="July.")
    sign(gate)

    with pytest.raises(Blocked, match=r"no answer within 0\.05 s"):
        asyncio.run(gate.send_async("d1", by="mailer"))

    service.over.set()
    gate.close()


def test_what_is_asked_knows_for_whom_it_is_asked() -> None:
    """A program's own context goes along into the thread."""
    tenant = ContextVar[str]("tenant")
    tenant.set("press")

    assert "press" == within(5, tenant.get)


def test_it_is_asked_before_each_message_and_what_has_left_is_said(sqlite_url: str, service: Service) -> None:
    """Of two campaigns in one draft the second is another one by the time it is its turn."""
    gate = Gate(sqlite_url, policy=make_policy(RULES), channels={"news": service})
    gate.write("d1", channel="news", content=[service.now(), service.now("friends")], by="akari")
    gate.submit("d1", by="akari", note="Twice.")
    sign(gate)
    service.on_send = lambda _: service.template.update(html="<p>Edited.</p>")

    verdict = shut(gate)

    assert {"template-changed"} == verdict.blocked_by
    assert (2, 1, 1) == (verdict.gone, len(service.got), gate.draft("d1").tally.waiting)
    gate.close()


def test_a_hold_while_it_is_read_back_stops_it(gate: Gate, service: Service) -> None:
    """The fence comes after the look: what was held meanwhile does not leave."""
    found = service.read_back

    def slow(parcel: Parcel) -> Parcel:
        gate.hold("d1", by="ben")
        return found(parcel)

    service.read_back = slow  # type: ignore[method-assign]  # somebody else, meanwhile

    assert {"hold-active"} == shut(gate).blocked_by
    assert [] == service.got


def test_an_awaited_channel_is_asked_too(sqlite_url: str) -> None:
    class Awaited(Service):
        async def send(self, parcel: Parcel, *, key: str) -> Receipt:  # type: ignore[override]  # awaited
            return super().send(parcel, key=key)

    service = Awaited()
    gate = Gate(sqlite_url, policy=make_policy(RULES), channels={"news": service})
    gate.write("d1", channel="news", content=service.now(), by="akari")
    gate.submit("d1", by="akari", note="July.")
    sign(gate)
    service.people.pop()

    with pytest.raises(Blocked, match="approved"):
        asyncio.run(gate.send_async("d1", by="mailer"))

    assert [] == service.got
    service.people.append(BEA)
    assert 2 == asyncio.run(gate.send_async("d1", by="mailer")).sent
    gate.close()


def test_a_part_of_a_list_is_not_what_was_sealed() -> None:
    """The provider would send to the whole list: what remains of it after a refusal is for a person."""
    service = Service()
    (sealed,) = service.seal(service.now())
    rest = Parcel(body=sealed.body, to=sealed.to[1:], title=sealed.title, media=sealed.media)

    blocker = compare(service, rest, "d1", "send")

    assert blocker is not None
    assert ("template-changed", "to, reach") == (blocker.code, blocker.params["parts"])


@pytest.mark.parametrize("media", ["application/json", "text/plain"])
def test_what_has_no_parts_differs_as_a_whole(service: Service, media: str) -> None:
    sealed, service.fails = Parcel(body=b"[1", reach=1, media=media), Parcel(body=b"[2", reach=1, media=media)

    blocker = compare(service, sealed, "d1", "send")

    assert blocker is not None
    assert "body" == blocker.params["parts"]


def test_a_booking_is_compared_too(sqlite_url: str) -> None:
    """On a channel that keeps its own clock it is said how to book again; nothing is booked meanwhile."""

    class Calendar(Distributor):
        def read_back(self, parcel: Parcel) -> Parcel:
            raise OSError(parcel.title)

    press = make_press(sqlite_url)
    press.desk.__class__ = Calendar
    press.approved()
    with pytest.raises(Blocked) as error:
        press.gate.book("press-17", by="mailer")

    assert isinstance(error.value.decision, Decision)
    (blocker,) = error.value.decision.blockers
    assert ("template-unread", ("releasegate book press-17",)) == (blocker.code, blocker.how)
    assert State.APPROVED is press.gate.draft("press-17").state


@pytest.mark.parametrize("row", [{}, {"address": ""}, {"name": "x"}, {"address": "a@x.example", "age": 3}])
def test_a_row_without_an_address_or_with_a_number_is_not_sealed(row: dict[str, Any]) -> None:
    with pytest.raises(ContentError, match=r"row no\. 2 of the list"):
        list(seal_rendering(Rendering(template="T1", body={}, audience="m", people=[ANNA, row], title="July")))
