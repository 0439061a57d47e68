"""Webhooks: what a provider tells under its signature becomes known, once; nothing that comes that way ever opens anything."""

import base64
import json
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from releasegate.channels.webhook import envelope, is_secret, sign
from releasegate.errors import Blocked, NotFound, NotSent, PolicyError, Refused
from releasegate.gate import Gate
from releasegate.hearing import TOLERANCE
from releasegate.model.alarm import Alarm
from releasegate.model.booking import Booking
from releasegate.model.draft import Draft
from releasegate.model.parcel import Parcel, Receipt, Sight
from releasegate.model.state import HoldState, State
from releasegate.model.webhook import Webhook
from releasegate.policy.policy import Policy
from releasegate.store import bookings
from releasegate.testing import Distributor, Outbox, sign_webhook
from tests.booking import FRIDAY, PRESS, TEN, Press, make_press
from tests.building import NEWS, TWO_EYES, Bench, Between, approved, lifted, mails, make_bench, make_policy

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + base64.b64encode(b"another secret, long enough").decode()
HOOKED = PRESS.replace('window = "10m"', 'window = "10m"\nwebhook = ["env:PRESS_WEBHOOK"]')
MAILED = NEWS.replace('window = "2h"', 'window = "2h"\nwebhook = ["env:PRESS_WEBHOOK"]') + TWO_EYES
MINUTE = timedelta(minutes=1)


def read(body: bytes) -> tuple[str, Sight] | None:
    """As a channel reads its provider's form."""
    said = json.loads(body)
    if said["type"] != "release":
        return None
    return said["about"], Sight(state=said["state"], booking=said.get("booking", ""))


class Telling(Distributor):
    """A distributor that tells."""

    def hear(self, body: bytes) -> tuple[str, Sight] | None:
        return read(body)


class TellingOutbox(Outbox):
    """A way out whose provider tells; `keys` are those under which something was tried."""

    def hear(self, body: bytes) -> tuple[str, Sight] | None:
        return read(body)

    def send(self, parcel: Parcel, *, key: str) -> Receipt:
        self.__dict__.setdefault("keys", []).append(key)
        return super().send(parcel, key=key)


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider's secret, where the policy says."""
    monkeypatch.setenv("PRESS_WEBHOOK", SECRET)


@pytest.fixture
def press(store_url: str) -> Press:
    """On both databases."""
    return make_press(store_url, rules=HOOKED, kind=Telling)


@pytest.fixture
def desk(sqlite_url: str) -> Press:
    """What does not ask anything of the database."""
    return make_press(sqlite_url, rules=HOOKED, kind=Telling)


@pytest.fixture
def mailing(store_url: str) -> Bench:
    """Mails one by one, and a provider that tells."""
    return make_bench(store_url, rules=MAILED, channels={"news": TellingOutbox()})


def form(about: str, state: str, **more: str) -> bytes:
    return json.dumps({"type": "release", "about": about, "state": state} | more).encode()


def tell(gate: Gate, about: str, state: str, *, name: str = "", channel: str = "press", **more: str) -> Webhook:
    """The provider tells it now."""
    body = form(about, state, **more)
    at = gate._office.store.look(lambda txn: txn.now())
    return gate.hear(channel, headers=sign_webhook(body, secret=SECRET, at=at, name=name), body=body)


def refused(call: Callable[[], object]) -> str:
    """The code of the refusal."""
    with pytest.raises(Refused) as caught:
        call()
    assert "Nothing was changed" in str(caught.value) or caught.value.code == "webhook-unasked"
    return caught.value.code


def stood(press: Press) -> Booking:
    """The booking as the store has it; of several the one that stands."""
    found = press.gate._office.store.look(lambda txn: bookings.of_draft(txn, "press-17"))
    return max(found, key=lambda each: each.stands)


def kinds(gate: Gate, draft_id: str) -> list[str]:
    return [event.kind for event in gate.history(draft_id)]


# --- the signature


def test_the_example_of_the_specification_is_theirs() -> None:
    """Its secret, id, hour, body and signature, from the Standard Webhooks libraries."""
    headers = {
        "Webhook-Id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "Webhook-Timestamp": "1614265330",
        "Webhook-Signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    body = b'{"test": 2432232314}'

    found = envelope(headers, body, [SECRET])
    assert found is not None
    assert ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330) == (found.id, int(found.at.timestamp()))
    at = datetime.fromtimestamp(1614265330, UTC)
    assert {name.lower(): value for name, value in headers.items()} == sign(body, secret=SECRET, name=found.id, at=at)


def bad(key: str, value: str | None) -> Callable[[dict[str, str], bytes], tuple[dict[str, str], bytes]]:
    def change(headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
        kept = {name: each for name, each in headers.items() if name != key}
        return (kept if value is None else kept | {key: value}), body

    return change


def one_byte(headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    return headers, body.replace(b"sent", b"Sent")


def one_space(headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    """What parsing and writing again does."""
    return headers, body + b" "


def of_another(_: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    return sign_webhook(body, secret=OTHER, at=FRIDAY), body


FORGED = {
    "one byte of the body": one_byte,
    "a space behind it": one_space,
    "another secret": of_another,
    "no id": bad("webhook-id", None),
    "another id": bad("webhook-id", "msg_other"),
    "an id with a dot": bad("webhook-id", "msg.1"),
    "no hour": bad("webhook-timestamp", None),
    "another hour": bad("webhook-timestamp", str(int(FRIDAY.timestamp()) + 1)),
    "no number for an hour": bad("webhook-timestamp", "now"),
    "no signature": bad("webhook-signature", None),
    "no base64": bad("webhook-signature", "v1,ü"),
    "a version that is not known": bad("webhook-signature", "v0,AAAA"),
    "nothing behind the version": bad("webhook-signature", "v1"),
    "a key's signature under a shared secret": bad("webhook-signature", "v1a,AAAA"),
}


@pytest.mark.parametrize("how", FORGED)
def test_f055_a_forged_webhook_changes_nothing(desk: Press, how: str) -> None:
    desk.booked()
    events, body = desk.gate.history("press-17"), form("R1", "sent")
    headers, body = FORGED[how](sign_webhook(body, secret=SECRET, at=FRIDAY, name="msg_1"), body)

    assert "webhook-forged" == refused(lambda: desk.gate.hear("press", headers=headers, body=body))
    assert (State.BOOKED, events) == (desk.gate.draft("press-17").state, desk.gate.history("press-17"))


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("odd", ["v1,\udcff", "v1a,\udcff", "\u0663", b"v1,x", ["v1,x"], None, 3], ids=ascii)
def test_f055_headers_that_are_no_text_are_forged(desk: Press, name: str, odd: object) -> None:
    """A server may hand over bytes, a list, or letters that stand for bytes."""
    body = form("R1", "held")
    headers: dict[Any, Any] = {**sign_webhook(body, secret=SECRET, at=FRIDAY), name: odd}

    assert "webhook-forged" == refused(lambda: desk.gate.hear("press", headers=headers, body=body))
    assert "webhook-forged" == refused(lambda: desk.gate.hear("press", headers={b"webhook-id": b"msg_1"}, body=body))  # type: ignore[dict-item]  # as ASGI has them


def test_f055_an_id_with_a_dot_is_none_whoever_signed_it(desk: Press) -> None:
    """Id, hour and body are joined by dots: `a.1` at 2 would be `a` at 1 with another body."""
    desk.booked()
    body = form("R1", "sent")

    headers = sign_webhook(body, secret=SECRET, at=FRIDAY, name="msg.1")
    assert "webhook-forged" == refused(lambda: desk.gate.hear("press", headers=headers, body=body))


@pytest.mark.parametrize("skew", [TOLERANCE, -TOLERANCE])
def test_f055_a_webhook_of_another_hour_is_refused_either_way(desk: Press, skew: timedelta) -> None:
    """Five minutes are allowed for clocks that differ; the second after that is not."""
    desk.booked()
    body, second = form("R1", "sent"), timedelta(seconds=1 if skew > timedelta(0) else -1)
    late = sign_webhook(body, secret=SECRET, at=FRIDAY + skew + second)
    with pytest.raises(Refused, match="away from now; more than five minutes may be a replay") as caught:
        desk.gate.hear("press", headers=late, body=body)
    assert "webhook-stale" == caught.value.code
    assert State.BOOKED is desk.gate.draft("press-17").state

    assert "known" == desk.gate.hear("press", headers=sign_webhook(body, secret=SECRET, at=FRIDAY + skew), body=body).came


def test_f055_what_was_recorded_and_is_played_again_later_changes_nothing(desk: Press) -> None:
    desk.booked()
    body = form("R1", "held")
    headers = sign_webhook(body, secret=SECRET, at=FRIDAY)
    assert "known" == desk.gate.hear("press", headers=headers, body=body).came
    desk.clock.forward(minutes=4)
    assert "again" == desk.gate.hear("press", headers=headers, body=body).came
    desk.clock.forward(minutes=2)
    assert "webhook-stale" == refused(lambda: desk.gate.hear("press", headers=headers, body=body))


def test_two_secrets_count_while_they_are_changed(desk: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider signs with both, or with one of them; when the old one is taken away, it counts no more."""
    desk.booked()
    body = form("R1", "held")
    new = sign_webhook(body, secret=OTHER, at=FRIDAY, name="msg_1")
    old = sign_webhook(body, secret=SECRET, at=FRIDAY, name="msg_1")
    both = old | {"webhook-signature": f"{new['webhook-signature']} v1a,AAAA {old['webhook-signature']}"}
    assert "known" == desk.gate.hear("press", headers=both, body=body).came

    monkeypatch.setenv("PRESS_WEBHOOK", f"{OTHER}\n{SECRET}\n")
    assert ["again"] * 3 == [desk.gate.hear("press", headers=each, body=body).came for each in (old, new, both)]
    monkeypatch.setenv("PRESS_WEBHOOK", OTHER)
    assert ["again"] * 2 == [desk.gate.hear("press", headers=each, body=body).came for each in (new, both)]
    assert "webhook-forged" == refused(lambda: desk.gate.hear("press", headers=old, body=body))


def test_a_provider_may_sign_with_its_own_key(desk: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.booked()
    key, body = Ed25519PrivateKey.generate(), form("R1", "held")
    monkeypatch.setenv("PRESS_WEBHOOK", "whpk_" + base64.b64encode(key.public_key().public_bytes_raw()).decode())
    hour = str(int(FRIDAY.timestamp()))
    signature = base64.b64encode(key.sign(f"msg_1.{hour}.".encode() + body)).decode()
    headers = {"webhook-id": "msg_1", "webhook-timestamp": hour, "webhook-signature": f"v1a,{signature}"}

    assert "known" == desk.gate.hear("press", headers=headers, body=body).came
    assert "webhook-forged" == refused(lambda: desk.gate.hear("press", headers=headers, body=body + b"\n"))


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (SECRET, True),
        ("whpk_" + base64.b64encode(bytes(32)).decode(), True),
        ("whsec_", False),
        ("whsec_" + base64.b64encode(bytes(23)).decode(), False),
        ("whsec_" + base64.b64encode(bytes(65)).decode(), False),
        ("whpk_" + base64.b64encode(bytes(31)).decode(), False),
        ("whsec_no base64", False),
        ("password", False),
    ],
)
def test_a_secret_that_is_none_vouches_for_nobody(desk: Press, monkeypatch: pytest.MonkeyPatch, text: str, *, is_one: bool) -> None:
    """An empty key would let anybody sign."""
    assert is_one is is_secret(text)
    monkeypatch.setenv("PRESS_WEBHOOK", text)
    if not is_one:
        with pytest.raises(PolicyError, match="no secret of Standard Webhooks stands there") as caught:
            tell(desk.gate, "R1", "sent")
        assert text.removeprefix("whsec_") not in str(caught.value) or text == "whsec_"


# --- the policy


def test_a_secret_itself_stands_in_no_policy() -> None:
    with pytest.raises(PolicyError, match="entry 2 must be env:NAME or file:PATH; never write the secret itself") as caught:
        make_policy(HOOKED.replace('["env:PRESS_WEBHOOK"]', f'["env:A", "{SECRET}"]'))
    assert SECRET not in str(caught.value)


def test_another_secret_needs_no_new_signatures_and_another_rule_does() -> None:
    before, after = make_policy(HOOKED), make_policy(HOOKED.replace("env:PRESS_WEBHOOK", "env:NEW_SECRET"))

    assert before.rules == after.rules
    assert ("env:NEW_SECRET",) == Policy.from_dict(after.to_dict()).channels["press"].webhook


def test_a_lane_without_a_gate_has_no_webhooks() -> None:
    with pytest.raises(PolicyError, match="not gated, it has no bulk, clock, linked, undo or webhook"):
        make_policy('[channels.lane]\nvia = "smtp://localhost:25"\ngated = false\nmost = 3\nwebhook = ["env:A"]\n' + TWO_EYES)


def test_a_way_out_that_reads_none_is_refused_at_once(sqlite_url: str) -> None:
    with pytest.raises(PolicyError, match=r"\[channels\]\.press\.webhook: this way out reads no webhooks; give it a method `hear`"):
        make_press(sqlite_url, rules=HOOKED)


def test_a_secret_that_is_not_there_is_told_when_it_is_needed(desk: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that only sends needs none."""
    monkeypatch.delenv("PRESS_WEBHOOK")
    desk.booked()

    with pytest.raises(PolicyError, match=r"\[channels\]\.press\.webhook: the environment has no PRESS_WEBHOOK; set it"):
        tell(desk.gate, "R1", "sent")


def test_what_is_not_asked_for_is_not_taken_in(sqlite_url: str) -> None:
    press = make_press(sqlite_url, kind=Telling)
    assert "webhook-unasked" == refused(lambda: tell(press.gate, "R1", "sent"))
    with pytest.raises(NotFound, match=r"There is no channel 'prose'\. Did you mean 'press'"):
        tell(press.gate, "R1", "sent", channel="prose")


def test_a_process_without_the_channel_takes_nothing_in(desk: Press) -> None:
    desk.gate._office.channels = {}

    assert "webhook-unasked" == refused(lambda: tell(desk.gate, "R1", "sent"))


# --- bookings


def test_f053_a_webhook_that_comes_twice_is_stored_once(press: Press) -> None:
    press.booked()
    press.clock.at = TEN + MINUTE

    assert Webhook(id="msg_1", came="known", draft_id="press-17", state="sent") == tell(press.gate, "R1", "sent", name="msg_1")
    draft, events = press.gate.draft("press-17"), press.gate.history("press-17")
    assert (State.SENT, 350) == (draft.state, draft.tally.sent)
    assert Webhook(id="msg_1", came="again", draft_id="press-17", state="sent") == tell(press.gate, "R1", "sent", name="msg_1")
    assert events == press.gate.history("press-17")
    assert ["msg_1"] == [event.data["webhook"] for event in events if "webhook" in event.data]
    assert (press.gate.verify().sound, []) == (True, press.alarms)


def test_f053_of_two_that_come_at_one_moment_one_is_stored(press: Press) -> None:
    press.booked()
    press.clock.at = TEN + MINUTE
    came: list[str] = []
    start = threading.Barrier(2)

    def run() -> None:
        start.wait(20)
        came.append(tell(press.gate, "R1", "sent", name="msg_1").came)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert ["again", "known"] == sorted(came)
    assert 1 == sum("webhook" in event.data for event in press.gate.history("press-17"))


def lost(press: Press) -> None:
    """Booked over there, and nobody here knows: the answer was lost, and their record cannot be read."""
    press.approved()
    press.desk.lose_replies, press.desk.blind = 1, 10**6
    with suppress(Blocked):
        press.gate.book("press-17", by="mailer")
    assert State.UNKNOWN is press.gate.draft("press-17").state


def test_f054_a_webhook_that_comes_late_does_not_go_before_what_is_known(press: Press) -> None:
    """Delivered before accepted: it stays delivered; the other one stands in the log."""
    lost(press)
    key = stood(press).key
    press.clock.at = TEN + MINUTE

    assert "known" == tell(press.gate, key, "sent").came
    assert "kept" == tell(press.gate, key, "scheduled", booking="R1").came
    assert "kept" == tell(press.gate, key, "absent").came
    assert "kept" == tell(press.gate, key, "sent", name="msg_4").came
    assert (State.SENT, "sent") == (press.gate.draft("press-17").state, stood(press).seen)
    assert ["sent", "heard", "heard", "heard"] == kinds(press.gate, "press-17")[-4:]
    assert [] == [alarm.code for _, alarm in press.alarms if alarm.code == "went-out"]
    assert press.gate.verify().sound


def test_a_lost_answer_is_known_by_webhook_with_their_id(press: Press) -> None:
    lost(press)

    assert "known" == tell(press.gate, stood(press).key, "scheduled", booking="R1").came
    assert (State.BOOKED, "R1", "scheduled") == (press.gate.draft("press-17").state, stood(press).booking, stood(press).seen)


def test_a_webhook_is_no_look_and_their_record_is_looked_at_soon(press: Press) -> None:
    """It says "on hold" of what is to be stopped; whether it is, the next pass reads."""
    press.booked()
    press.desk.on_stop = "ignore"
    press.gate.hold("press-17", by="ben", note="Postponed.")
    looked = stood(press).looked
    assert "known" == tell(press.gate, "R1", "held").came

    assert (looked, press.clock.at) == (stood(press).looked, stood(press).due)
    press.watch()
    assert "scheduled" == stood(press).seen


def test_f055_a_webhook_that_says_gone_opens_nothing(press: Press) -> None:
    """It was booked and nobody holds it: it is held, and people are told. Nothing can be booked again without a person."""
    press.booked()

    assert "kept" == tell(press.gate, "R1", "absent").came
    draft = press.gate.draft("press-17")
    assert (State.BOOKED, 1, ["heard", "hold"]) == (draft.state, draft.hold_count, kinds(press.gate, "press-17")[-2:])
    assert "hold-active" in press.gate.decide("press-17").blocked_by
    assert ["drift"] == [alarm.code for _, alarm in press.alarms]
    press.watch()
    assert ("absent", []) == (press.desk.records["R1"].real, press.desk.out), "it still stood there: the next pass had it taken away"
    assert (State.APPROVED, 1) == (press.gate.draft("press-17").state, [alarm.code for _, alarm in press.alarms].count("drift"))
    assert press.gate.verify().sound


def test_f055_a_webhook_that_says_gone_of_a_booking_that_nobody_knew_opens_nothing(press: Press) -> None:
    lost(press)

    assert "kept" == tell(press.gate, stood(press).key, "absent").came
    assert (State.UNKNOWN, 1) == (press.gate.draft("press-17").state, press.gate.draft("press-17").hold_count)
    with pytest.raises(Blocked):
        press.gate.book("press-17", by="mailer")
    assert "drift" in {alarm.code for _, alarm in press.alarms if alarm.to}


@pytest.mark.parametrize("before", [True, False], ids=["webhook first", "hold first"])
def test_f055_i2_a_webhook_that_says_gone_makes_no_hold_certain(press: Press, *, before: bool) -> None:
    """It still stands there, and stopping does not help: each hold asks and looks, and answers PENDING, so that somebody phones."""
    press.booked()
    press.desk.on_stop = "pause"
    if not before:
        assert HoldState.PENDING is press.gate.hold("press-17", by="dai", note="Stop.").state
    assert "kept" == tell(press.gate, "R1", "absent").came
    press.desk.asked.clear()

    assert HoldState.PENDING is press.gate.hold("press-17", by="dai", note="Stop.").state
    assert [("stop", "R1")] == press.desk.asked
    press.desk.on_stop = "cancel"
    assert HoldState.HELD is press.gate.hold("press-17", by="dai", note="Once more.").state


def test_a_hold_that_was_pending_stays_so_until_their_record_says_gone(press: Press) -> None:
    """As long as nobody can read it, a webhook is somebody's word."""
    press.booked()
    press.desk.on_stop, press.desk.blind = "ignore", 10**6
    assert HoldState.PENDING is press.gate.hold("press-17", by="ben", note="Postponed.").state

    assert "kept" == tell(press.gate, "R1", "absent").came
    assert (State.BOOKED, "scheduled") == (press.gate.draft("press-17").state, stood(press).seen)
    assert HoldState.PENDING is press.gate.hold("press-17", by="ben", note="Once more.").state
    press.desk.blind = 0
    press.desk.drop("R1")
    press.clock.forward(minutes=5)
    press.watch()
    assert (State.APPROVED, "absent") == (press.gate.draft("press-17").state, stood(press).seen)
    assert HoldState.HELD is press.gate.hold("press-17", by="ben", note="And again.").state


@pytest.mark.parametrize("state", ["absent", "held", "scheduled", "sent", "unknown"])
@pytest.mark.parametrize("before", ["booked", "lost", "held", "gone", "withdrawn"])
def test_f055_no_webhook_opens_a_gate_that_is_shut(sqlite_url: str, before: str, state: str) -> None:
    press = make_press(sqlite_url, rules=HOOKED, kind=Telling)
    lost(press) if before == "lost" else press.booked()
    if before == "held":
        press.desk.on_stop = "ignore"
    if before in {"held", "gone"}:
        press.gate.hold("press-17", by="ben", note="Postponed.")
    if before == "withdrawn":
        press.gate.withdraw("press-17", by="akari", note="Not at all.")
    assert not press.gate.decide("press-17")

    tell(press.gate, stood(press).key, state)
    assert not press.gate.decide("press-17")
    with pytest.raises(Blocked):
        _booked_twice(press)
    assert 1 == len(press.desk.records)


def _booked_twice(press: Press) -> Draft:
    """book() of what is booked, or has gone out, is answered with the draft as it is."""
    draft = press.gate.book("press-17", by="mailer")
    if draft.state in {State.BOOKED, State.SENT}:
        raise Blocked(press.gate.decide("press-17"))
    return draft


def test_f056_a_webhook_that_says_sent_of_what_is_held_is_an_incident(press: Press) -> None:
    press.booked()
    assert HoldState.HELD is press.gate.hold("press-17", by="ben", note="Postponed.").state

    assert "known" == tell(press.gate, "R1", "sent").came
    draft = press.gate.draft("press-17")
    assert (State.STOPPED, 350) == (draft.state, draft.tally.sent)
    assert "went_out" in kinds(press.gate, "press-17")
    code, to = [(alarm.code, alarm.to) for _, alarm in press.alarms][-1]
    assert ("went-out", True) == (code, bool(to))
    assert not press.gate.decide("press-17")
    assert press.gate.verify().sound


def test_f057_a_webhook_that_is_lost_for_good_is_made_up_for_by_looking(sqlite_url: str, tmp_path: Path) -> None:
    told = make_press(sqlite_url, rules=HOOKED, kind=Telling)
    told.booked()
    told.desk.out = []
    told.clock.at = TEN + MINUTE
    tell(told.gate, "R1", "sent")
    looked = make_press(f"sqlite:///{tmp_path}/looked.db", rules=HOOKED, kind=Telling)
    looked.booked()
    looked.until(TEN + MINUTE)

    assert _end(told) == _end(looked)
    assert (State.SENT, 350, "sent", None) == _end(looked)


def _end(press: Press) -> tuple[State, int, str, datetime | None]:
    draft, booking = press.gate.draft("press-17"), stood(press)
    return draft.state, draft.tally.sent, booking.seen, booking.due


def test_a_webhook_before_the_answer_is_to_come_again(desk: Press) -> None:
    desk.approved()
    codes: list[str] = []
    whole = desk.desk.book

    def book(parcel: Parcel, *, at: datetime, key: str) -> Receipt:
        codes.append(refused(lambda: tell(desk.gate, key, "scheduled")))
        return whole(parcel, at=at, key=key)

    desk.desk.book = book  # type: ignore[method-assign]
    desk.gate.book("press-17", by="mailer")
    assert ["webhook-early"] == codes
    assert "kept" == tell(desk.gate, "R1", "scheduled").came


def test_an_id_that_comes_with_another_body_is_refused(desk: Press) -> None:
    desk.booked()
    tell(desk.gate, "R1", "held", name="msg_1")
    events = desk.gate.history("press-17")

    assert "webhook-reused" == refused(lambda: tell(desk.gate, "R1", "absent", name="msg_1"))
    assert events == desk.gate.history("press-17")


def test_a_webhook_of_another_booking_under_our_key_is_kept_and_looked_after(desk: Press) -> None:
    """R2 was taken away; R1 stands."""
    desk.booked()

    assert "kept" == tell(desk.gate, stood(desk).key, "absent", booking="R2").came
    assert ("scheduled", desk.clock.at) == (stood(desk).seen, stood(desk).due)


def by_another_account(press: Press) -> Telling:
    """From here on this process has other credentials; over there it counts from one as well."""
    other = Telling(press.clock, identity="distributor:sandbox")
    press.gate._office.channels = {"press": other}
    return other


@pytest.mark.parametrize("state", ["sent", "absent", "held"])
def test_i1_what_another_account_tells_is_kept_and_not_believed(desk: Press, state: str) -> None:
    """Its R1 is not ours: the record of the account that booked it decides, as soon as somebody looks who has it."""
    desk.booked()
    live, _ = desk.gate._office.channels, by_another_account(desk)
    heard = tell(desk.gate, "R1", state)
    draft, last = desk.gate.draft("press-17"), desk.gate.history("press-17")[-1]
    assert ("kept", State.BOOKED, ()) == (heard.came, draft.state, draft.holds)
    assert ("heard", {"R1": state}, "distributor:sandbox") == (last.kind, last.data["heard"], last.data["account"])

    desk.gate._office.channels = live
    desk.desk.pause("R1")
    desk.watch()
    assert ["drift"] == desk.codes(), "it is looked at in the next pass"


def test_i1_of_two_accounts_that_give_the_same_id_each_tells_of_its_own(desk: Press) -> None:
    desk.booked()
    live, _ = desk.gate._office.channels, by_another_account(desk)
    desk.watch()
    desk.approved("press-18", "The old wing closes.")
    desk.clock.forward(minutes=1)
    desk.gate.book("press-18", by="mailer")
    desk.gate._office.channels = live

    assert ("known", "press-17") == ((heard := tell(desk.gate, "R1", "sent")).came, heard.draft_id)
    assert (State.SENT, State.BOOKED) == tuple(desk.gate.draft(each).state for each in ("press-17", "press-18"))


def test_of_two_bookings_under_one_key_the_one_that_stands_is_meant(desk: Press) -> None:
    """The first one was refused, and is tried again under the same key."""
    desk.approved()
    desk.desk.refuse = 1
    with pytest.raises(Blocked):
        desk.gate.book("press-17", by="mailer")
    desk.gate.book("press-17", by="mailer")
    tell(desk.gate, stood(desk).key, "held")

    assert "held" == stood(desk).seen


def test_a_webhook_about_nothing_of_ours_is_refused_by_name(desk: Press) -> None:
    desk.booked()
    events = desk.gate.history("press-17")

    assert "webhook-stranger" == refused(lambda: tell(desk.gate, "R9", "sent"))
    assert events == desk.gate.history("press-17")


def test_a_webhook_about_something_else_does_nothing(desk: Press) -> None:
    body = json.dumps({"type": "invoice"}).encode()

    heard = desk.gate.hear("press", headers=sign_webhook(body, secret=SECRET, at=FRIDAY, name="msg_1"), body=body)
    assert Webhook(id="msg_1", came="nothing") == heard


@pytest.mark.parametrize(
    ("body", "why"),
    [(b"\xff", "UnicodeDecodeError"), (b"[]", "TypeError"), (form("", "sent"), "tuple"), (form("R1", "gone"), "ValidationError")],
)
def test_what_cannot_be_read_is_refused_and_told_without_what_it_holds(desk: Press, body: bytes, why: str) -> None:
    with pytest.raises(Refused, match=rf"`hear` failed \({why}\). Nothing was changed") as caught:
        desk.gate.hear("press", headers=sign_webhook(body, secret=SECRET, at=FRIDAY), body=body)
    assert "webhook-unreadable" == caught.value.code


def test_a_person_may_say_more_than_a_webhook_where_no_record_can_be_read(desk: Press) -> None:
    """A webhook is no look: what it said does not outweigh whoever phoned afterwards."""
    lost(desk)
    tell(desk.gate, stood(desk).key, "scheduled", booking="R1")
    desk.gate.hold("press-17", by="ben", note="Postponed.")

    draft = desk.gate.saw("press-17", "absent", by="ben", spoke_to="Ms Mori", note="She read me the screen.")
    assert (State.APPROVED, "absent") == (draft.state, stood(desk).seen)


# --- sends


def unknown(bench: Bench, *answers: object, count: int = 1) -> list[str]:
    """A draft of which some outcomes are not known; the keys that were tried."""
    bench.outbox.answers = list(answers or (TimeoutError(),))
    approved(bench.gate, "july", mails(count))
    with suppress(Blocked):
        bench.gate.send("july", by="mailer")
    keys: list[str] = bench.outbox.__dict__["keys"]
    return keys


def say(bench: Bench, key: str, state: str, **more: str) -> Webhook:
    return tell(bench.gate, key, state, channel="news", **more)


def test_an_outcome_that_nobody_knew_is_settled_by_webhook(mailing: Bench) -> None:
    first, second = unknown(mailing, TimeoutError(), TimeoutError(), count=2)

    assert Webhook(id="msg_1", came="known", draft_id="july", state="sent") == say(mailing, second, "sent", name="msg_1")
    draft = mailing.gate.draft("july")
    assert (State.UNKNOWN, 1, 1) == (draft.state, draft.tally.sent, draft.tally.unknown)
    assert "nothing" == say(mailing, second, "sent", name="msg_1").came
    assert "known" == say(mailing, first, "sent").came
    draft = mailing.gate.draft("july")
    assert (State.SENT, 2, 0) == (draft.state, draft.tally.sent, draft.tally.unknown)
    assert ["settle", "settle"] == kinds(mailing.gate, "july")[-2:]
    assert 2 == mailing.gate.send("july", by="mailer").sent
    assert 2 == len(mailing.outbox.__dict__["keys"])
    assert mailing.gate.verify().sound


@pytest.mark.parametrize("state", ["absent", "held", "scheduled", "unknown"])
def test_f055_a_webhook_that_says_not_sent_is_evidence_and_no_more(mailing: Bench, state: str) -> None:
    """Only a person says not sent, and then another person lifts."""
    (key,) = unknown(mailing)

    assert "kept" == say(mailing, key, state, name="msg_1").came
    assert "again" == say(mailing, key, state, name="msg_1").came
    assert "webhook-reused" == refused(lambda: say(mailing, key, "sent", name="msg_1"))
    assert (State.UNKNOWN, {"outcome-unknown"}) == (mailing.gate.draft("july").state, set(mailing.gate.decide("july").blocked_by))
    last = mailing.gate.history("july")[-1]
    assert ("heard", [state], f"webhook msg_1: {state}") == (last.kind, list(last.data["heard"].values()), last.note)
    with pytest.raises(Blocked):
        mailing.gate.send("july", by="mailer")
    assert 1 == len(mailing.outbox.__dict__["keys"])


def test_f055_a_refused_outcome_that_another_person_opened_is_found_out(mailing: Bench) -> None:
    """A person said not sent, another one lifted; before it goes again the webhook says that it was sent: it does not go again."""
    (key,) = unknown(mailing)
    (attempt,) = mailing.gate.unsettled("july")
    mailing.gate.settle("july", attempt=attempt, outcome="not_sent", by="ben", note="Not in the record.")
    lifted(mailing.gate, "july/h1", by="chie", note="Once more.")

    assert "known" == say(mailing, key, "sent").came
    draft = mailing.gate.draft("july")
    assert (1, 0, 1) == (draft.tally.sent, draft.tally.left, draft.hold_count)
    assert "went_out" in kinds(mailing.gate, "july")
    (alarm,) = [alarm for alarm in mailing.alarms if alarm.code == "went-out"]
    assert "a mail to reader1@paper.example went out that counted as not sent" in alarm.explain()
    assert "再送はしません" in alarm.explain("ja")
    assert {"akari", "ben"} <= set(alarm.to)
    with pytest.raises(Blocked):
        mailing.gate.send("july", by="mailer")
    assert (1, []) == (len(mailing.outbox.__dict__["keys"]), mailing.outbox.got)
    assert mailing.gate.verify().sound


def test_f056_what_was_withdrawn_and_went_out_all_the_same_is_an_incident(mailing: Bench) -> None:
    (key,) = unknown(mailing, NotSent())
    mailing.gate.withdraw("july", by="akari", note="Not at all.")

    assert "known" == say(mailing, key, "sent").came
    draft = mailing.gate.draft("july")
    assert (State.WITHDRAWN, 1) == (draft.state, draft.tally.sent)
    assert ["went-out"] == [alarm.code for alarm in mailing.alarms if alarm.code == "went-out"]


def rewritten(bench: Bench) -> str:
    """A mail counted as not sent, and another text was written over it and approved; the key of the first one."""
    bench.outbox.answers = [NotSent()]
    approved(bench.gate, "july")
    with suppress(Blocked):
        bench.gate.send("july", by="mailer")
    approved(bench.gate, "july", "The new wing opens on Friday.")
    return str(bench.outbox.__dict__["keys"][0])


def test_i8_what_was_written_over_and_went_out_all_the_same_stops_the_new_text(mailing: Bench) -> None:
    key = rewritten(mailing)

    assert "known" == say(mailing, key, "sent").came
    draft = mailing.gate.draft("july")
    assert (State.APPROVED, 1, "went_out", 1) == (draft.state, draft.hold_count, kinds(mailing.gate, "july")[-2], rung(mailing))
    assert [] == list(mailing.gate.verify().faults)
    with pytest.raises(Blocked):
        mailing.gate.send("july", by="mailer")
    assert ("nothing", 1) == (say(mailing, key, "sent").came, len(mailing.outbox.__dict__["keys"]))
    lifted(mailing.gate, "july/h1", by="chie", note="They are to have both.")
    assert 1 == mailing.gate.send("july", by="mailer").sent
    assert [] == list(mailing.gate.verify().faults)


def test_i8_every_text_that_was_written_over_is_known_again(sqlite_url: str) -> None:
    """Whether its digest sorts before or after that of the text that stands."""
    bench = make_bench(sqlite_url, rules=MAILED, channels={"news": TellingOutbox()})
    bench.outbox.answers = [NotSent() for _ in range(4)]
    digests = []
    for number in range(4):
        digests.append(approved(bench.gate, "july", f"Text {number}.").digest)
        with suppress(Blocked):
            bench.gate.send("july", by="mailer")
    approved(bench.gate, "july", "Text 2.")

    assert {True, False} == {each < digests[2] for each in digests if each != digests[2]}
    assert ["known"] * 4 == [say(bench, key, "sent").came for key in bench.outbox.__dict__["keys"]]
    assert [] == list(bench.gate.verify().faults)


def test_i8_what_was_written_over_is_known_when_the_new_text_has_left(mailing: Bench) -> None:
    """Nothing is left to hold; people hear that both are out, and the log stays whole."""
    key = rewritten(mailing)
    mailing.gate.send("july", by="mailer")

    assert "known" == say(mailing, key, "sent").came
    assert (State.SENT, "went_out", 1) == (mailing.gate.draft("july").state, kinds(mailing.gate, "july")[-1], rung(mailing))
    assert [] == list(mailing.gate.verify().faults)


def test_i8_the_text_that_went_out_is_written_once_more_and_does_not_go_again(mailing: Bench) -> None:
    key = rewritten(mailing)
    say(mailing, key, "sent")
    lifted(mailing.gate, "july/h1", by="chie", note="The first one is right.")
    with suppress(Blocked, Refused):
        approved(mailing.gate, "july")
        mailing.gate.send("july", by="mailer")
    assert (1, []) == (len(mailing.outbox.__dict__["keys"]), mailing.outbox.got)
    assert [] == list(mailing.gate.verify().faults)


def test_what_counts_as_not_sent_and_is_said_not_to_be_sent_is_as_it_was(mailing: Bench) -> None:
    (key,) = unknown(mailing, NotSent())

    assert "kept" == say(mailing, key, "absent").came
    assert State.APPROVED is mailing.gate.draft("july").state


def test_f053_of_two_webhooks_that_say_sent_at_one_moment_one_settles(mailing: Bench) -> None:
    """Accepted, and delivered: two ids, one outcome."""
    (key,) = unknown(mailing)
    office = mailing.gate._office
    came: list[str] = []
    office.store = Between(office.store, 1, lambda: came.append(say(mailing, key, "sent", name="msg_2").came))  # type: ignore[assignment]

    assert "nothing" == say(mailing, key, "sent", name="msg_1").came
    assert ["known"] == came
    assert ["msg_2"] == [event.data["webhook"] for event in mailing.gate.history("july") if "webhook" in event.data]
    assert State.SENT is mailing.gate.draft("july").state


def test_a_webhook_about_a_mail_that_is_in_hands_is_to_come_again(mailing: Bench) -> None:
    codes: list[str] = []

    def on_send(_: Parcel) -> None:
        codes.append(refused(lambda: say(mailing, mailing.outbox.__dict__["keys"][-1], "sent")))

    mailing.outbox.on_send = on_send
    unknown(mailing, None)
    assert ["webhook-early"] == codes
    assert State.SENT is mailing.gate.draft("july").state


def test_a_webhook_about_a_mail_that_is_known_to_be_out_does_nothing(mailing: Bench) -> None:
    """A provider tells of each of 12,000 mails: no event for each, and no error that it would try again."""
    keys = unknown(mailing, None, count=2)
    events = mailing.gate.history("july")

    assert {"nothing"} == {say(mailing, key, "sent").came for key in (*keys, "another system's")}
    assert events == mailing.gate.history("july")


def test_a_withdrawal_that_waited_for_the_outcome_is_carried_out_by_webhook(mailing: Bench) -> None:
    (key,) = unknown(mailing)
    mailing.gate.withdraw("july", by="akari", note="Not at all.")
    assert State.UNKNOWN is mailing.gate.draft("july").state

    say(mailing, key, "sent")
    assert mailing.gate.draft("july").state.over


def test_another_round_has_other_keys_and_an_older_one_is_known_again(mailing: Bench) -> None:
    """The first of two was said not to be sent: the draft is in its second round; the other's key is of the first one."""
    _, second = unknown(mailing, TimeoutError(), TimeoutError(), count=2)
    attempt = next(name for name, to in mailing.gate.unsettled("july").items() if to == ("reader1@paper.example",))
    mailing.gate.settle("july", attempt=attempt, outcome="not_sent", by="ben", note="Not in the record.")

    assert "known" == say(mailing, second, "sent").came
    assert (1, 0) == (mailing.gate.draft("july").tally.sent, mailing.gate.draft("july").tally.unknown)


def test_whoever_is_told_later_when_nobody_could_be_told(mailing: Bench) -> None:
    """The alarm waits for the next pass of the watch."""
    (key,) = unknown(mailing, NotSent())
    told: list[Any] = []

    def deaf(_: object) -> None:
        raise OSError

    mailing.gate._office.alarm = deaf
    say(mailing, key, "sent")
    mailing.gate._office.alarm = told.append
    mailing.gate.watch()
    assert "went-out" in {alarm.code for alarm in told}


class Killed(BaseException):
    """The process is gone."""


def die(*_: object) -> None:
    raise Killed


def incident(bench: Bench) -> Callable[[], Webhook]:
    """A mail counts as not sent; what comes back says that it went out, again and again under one id."""
    (key,) = unknown(bench, NotSent())
    return lambda: say(bench, key, "sent", name="msg_1")


def rung(bench: Bench) -> int:
    """How often people were told that it went out."""
    return [alarm.code for alarm in bench.alarms].count("went-out")


def test_f001_i8_killed_before_anybody_was_told_the_next_pass_tells_it_once(mailing: Bench) -> None:
    """What the provider tries again answers nothing new: the alarm stands beside the step that it tells of."""
    come = incident(mailing)
    office, store = mailing.gate._office, mailing.gate._office.store
    office.store = Between(store, 2, die)  # type: ignore[assignment]
    with pytest.raises(Killed):
        come()
    office.store = store
    assert (0, "nothing") == (rung(mailing), come().came)

    mailing.gate.watch()
    mailing.gate.watch()
    assert 1 == rung(mailing)


def test_f001_i8_killed_while_they_were_told_they_are_told_again_and_no_third_time(mailing: Bench) -> None:
    """Twice is better than never; and whatever kills its teller must not kill every pass that comes."""
    come, office = incident(mailing), mailing.gate._office
    office.alarm = die
    with pytest.raises(Killed):
        come()
    office.alarm = mailing.alarms.append
    mailing.gate.watch()
    assert 0 == rung(mailing), "whoever tells it may be alive"
    mailing.clock.forward(minutes=6)
    office.alarm = die
    with pytest.raises(Killed):
        mailing.gate.watch()
    office.alarm = mailing.alarms.append
    mailing.clock.forward(minutes=6)
    mailing.gate.watch()
    assert (0, True) == (rung(mailing), "untold" in kinds(mailing.gate, "july"))


def test_f001_i8_told_by_the_second_teller(mailing: Bench) -> None:
    come, office = incident(mailing), mailing.gate._office
    office.alarm = die
    with pytest.raises(Killed):
        come()
    office.alarm = mailing.alarms.append
    mailing.clock.forward(minutes=6)
    mailing.gate.watch()
    mailing.clock.forward(minutes=6)
    mailing.gate.watch()
    assert 1 == rung(mailing)


def test_i8_a_pass_that_comes_first_or_meanwhile_tells_it_instead_and_not_as_well(mailing: Bench) -> None:
    come, office = incident(mailing), mailing.gate._office

    def first() -> None:
        mailing.gate.watch()

    office.store = Between(office.store, 2, first)  # type: ignore[assignment]
    assert "known" == come().came
    assert 1 == rung(mailing)


def test_i8_a_pass_while_they_are_told_does_not_tell_it_as_well(mailing: Bench) -> None:
    come = incident(mailing)

    def tell_slowly(alarm: Alarm) -> None:
        mailing.alarms.append(alarm)
        mailing.gate.watch()

    mailing.gate._office.alarm = tell_slowly
    assert "known" == come().came
    assert 1 == rung(mailing)


def test_i8_a_store_that_is_gone_when_they_are_to_be_told_takes_nothing_back(mailing: Bench) -> None:
    """The step was taken: it is answered so, and the next pass tells."""
    come = incident(mailing)
    office, store = mailing.gate._office, mailing.gate._office.store

    def fail() -> None:
        raise OSError

    office.store = Between(store, 2, fail)  # type: ignore[assignment]
    assert "known" == come().came
    office.store = store
    mailing.gate.watch()
    assert 1 == rung(mailing)


def test_headers_may_come_in_any_case_and_from_any_mapping(desk: Press) -> None:
    desk.booked()
    body = form("R1", "held")
    headers: Mapping[str, str] = {name.title(): value for name, value in sign_webhook(body, secret=SECRET, at=FRIDAY).items()}

    assert "known" == desk.gate.hear("press", headers=headers, body=body).came
