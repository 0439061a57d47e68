"""Whose signature counts, on which text, and for how long."""

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta

import pytest

from releasegate.checks import check
from releasegate.errors import Blocked, ContentError, GateError, NotFound, PolicyError, Refused
from releasegate.gate import Gate
from releasegate.model.draft import Draft
from releasegate.model.event import Event
from releasegate.model.finding import Finding, Severity
from releasegate.model.state import State
from releasegate.protocols import Context
from tests.building import (
    NEWS,
    NOON,
    PEOPLE,
    RULES,
    TWO_EYES,
    Outbox,
    approved,
    confirmed,
    lifted,
    mail,
    mails,
    make_bench,
    make_policy,
    sign,
    submitted,
    written,
)

LATER = RULES + 'keep_on = ["schedule.later"]\n'
TEN, ELEVEN, TWELVE = (f"2026-06-30 {hour}:00 Asia/Tokyo" for hour in (10, 11, 12))


def kinds(gate: Gate) -> list[str]:
    """What happened to d1, in order."""
    return [event.kind for event in gate.history("d1")]


def together(*acts: Callable[[], object]) -> list[object]:
    """All of these at once; what each answered or raised."""
    start, answers = threading.Barrier(len(acts)), list[object]()

    def one(act: Callable[[], object]) -> None:
        start.wait()
        try:
            answers.append(act())
        except GateError as error:
            answers.append(error)

    threads = [threading.Thread(target=one, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


# What a signature names


def test_t02_a_signature_without_the_digest_is_a_type_error(sqlite_url: str) -> None:
    """Nobody can approve whatever happens to be there."""
    gate = make_bench(sqlite_url).gate
    for act in (gate.confirm, gate.approve, gate.revoke):
        with pytest.raises(TypeError, match="digest"):
            act("d1", by="ben", note="Right.")  # type: ignore[call-arg]  # the very mistake


@pytest.mark.parametrize("wrong", ["", "0" * 64, "mark", "upper"])
def test_t02_a_signature_on_another_digest_is_refused(sqlite_url: str, wrong: str) -> None:
    """All 64 characters, as they were shown: neither the mark nor another text's digest will do."""
    gate = make_bench(sqlite_url).gate
    seen = submitted(gate)
    with pytest.raises(Refused) as refused:
        gate.confirm("d1", digest={"mark": seen.mark, "upper": seen.digest.upper()}.get(wrong, wrong), by="ben", note="Right.")

    assert "text-changed" == refused.value.code
    assert () == gate.draft("d1").signatures


def test_r11_each_act_in_the_unsafe_direction_names_what_was_seen(sqlite_url: str) -> None:
    """Confirm, approve, revoke, waive name the digest: that of the text before is refused, in every state that knows the act."""
    gate = make_bench(sqlite_url, rules=RULES + "waivable_by = { approvers = 1 }\n").gate
    old = submitted(gate).digest
    seen = submitted(gate, content="A new text.").digest
    before = kinds(gate)

    assert "text-changed" == refused(lambda: gate.confirm("d1", digest=old, by="ben", note="Right."))
    assert "text-changed" == refused(lambda: gate.waive("d1", "two pairs of eyes", digest=old, by="dai", note="Right."))
    assert before == kinds(gate)
    gate.confirm("d1", digest=seen, by="ben", note="Right.")
    assert "text-changed" == refused(lambda: gate.approve("d1", digest=old, by="chie", note="Right."))
    assert "text-changed" == refused(lambda: gate.revoke("d1", digest=old, by="ben", note="Wrong."))
    assert State.APPROVED is gate.approve("d1", digest=seen, by="chie", note="Right.").state


def test_r11_lifting_names_the_hold_and_settling_the_attempt(sqlite_url: str) -> None:
    """A hold that was lifted, another draft's hold, an attempt that is settled: nothing happens for what is meant but not named."""
    bench = make_bench(sqlite_url)
    gate = bench.gate
    approved(gate, content=mails(2))
    submitted(gate, "d2", content="Another.")
    for draft in ("d1", "d1", "d2"):
        gate.hold(draft, by="dai")
    lifted(gate, "d1/h1", by="dai", note="Mine.")

    for hold in ("d1/h1", "d1/h3", "d1", "h2", "d1/"):
        with pytest.raises(NotFound):
            lifted(gate, hold, by="dai", note="Go on.")
    assert [["d1/h2"], ["d2/h1"]] == [[hold.id for hold in gate.draft(name).holds] for name in ("d1", "d2")]

    lifted(gate, "d1/h2", by="dai", note="Mine.")
    bench.outbox.answers = [TimeoutError(), TimeoutError()]
    first, second = gate.send("d1", by="mailer").attempts
    gate.settle("d1", attempt=first, outcome="sent", by="dai", note="Their record has it.")
    for attempt in (first, first[:8], "", "gone"):
        with pytest.raises(GateError):
            gate.settle("d1", attempt=attempt, outcome="sent", by="dai", note="They say so.")
    assert {second} == set(gate.unsettled("d1"))


# What an edit does to it


def test_t01_an_edit_voids_an_approval_at_once(store_url: str) -> None:
    """There is no job that takes signatures away later: the digest does, in the same moment."""
    bench = make_bench(store_url)
    approved(bench.gate)
    written(bench.gate, content="Another text.")
    with pytest.raises(Blocked):
        bench.gate.send("d1", by="mailer")

    assert [] == bench.outbox.got
    assert "two pairs of eyes" in bench.gate.decide("d1").blocked_by


@pytest.mark.parametrize("stage", [submitted, confirmed, approved])
def test_t07_t10_an_edit_in_any_state_before_the_send_begins_again(sqlite_url: str, stage: Callable[[Gate], object]) -> None:
    """Checking, approving, approved: a new text is a draft in a new round, with no signature that counts."""
    gate = make_bench(sqlite_url).gate
    stage(gate)
    edited = written(gate, content="Another text.")

    assert (State.DRAFTING, 2) == (edited.state, edited.round)
    resubmitted = gate.submit("d1", by="akari", note="Again.")
    assert State.CHECKING is resubmitted.state


@pytest.mark.parametrize(
    "change",
    [
        {"content": mail(to="somebody-else@paper.example")},
        {"content": mail(From="Others <others@pr.example>")},
        {"content": mail(), "send_at": TEN},
        {"content": mail(), "channel": "posts"},
        {"content": mail(), "title": "Another title"},
        {"content": mail(), "meant": "drill"},
    ],
    ids="-".join,
)
def test_t04_channel_list_hour_and_purpose_are_part_of_what_is_signed(sqlite_url: str, change: dict[str, str]) -> None:
    """A signature for one target is none for another."""
    ways = {"news": Outbox(), "posts": Outbox(identity="outbox:posts")}
    gate = make_bench(sqlite_url, rules=NEWS + "[channels.posts]\n" + TWO_EYES, channels=ways).gate
    before = approved(gate, content=mail())
    submitted(gate, **change)

    assert before.digest != gate.draft("d1").digest
    assert "two pairs of eyes" in gate.decide("d1").blocked_by


def test_t04_another_account_at_the_end_of_the_channel_is_not_what_was_approved(sqlite_url: str) -> None:
    """The channel's identity is signed too; a configuration that changed underneath shuts the gate."""
    bench = make_bench(sqlite_url)
    approved(bench.gate)
    bench.outbox.identity = "outbox:somebody-else"
    with pytest.raises(Blocked):
        bench.gate.send("d1", by="mailer")

    assert {"channel-identity"} == bench.gate.decide("d1").blocked_by


def test_t09_the_same_text_again_changes_nothing(sqlite_url: str) -> None:
    """Other line ends or a message built anew make no new text: what was signed stands."""
    gate = make_bench(sqlite_url).gate
    before = approved(gate, content=mail())
    written(gate, content=mail())
    written(gate, content=mail().as_bytes())
    written(gate, content=mail().as_bytes().replace(b"\n", b"\r\n"))

    assert before == gate.draft("d1")


def test_t11_content_that_changes_after_it_was_handed_over_changes_nothing(sqlite_url: str) -> None:
    """What was sealed are bytes, not an object that somebody may still edit under the same name."""
    bench, letter = make_bench(sqlite_url), mail("Approved.")
    letters = [letter]
    approved(bench.gate, content=letters)
    letter.set_content("Swapped.\n")
    letter.replace_header("To", "somebody-else@paper.example")
    letters.append(mail("And one more.", to="third@paper.example"))
    bench.gate.send("d1", by="mailer")

    assert ["reader@paper.example"] == bench.outbox.reached
    assert b"Approved." in bench.outbox.bodies[0]


@pytest.mark.counts
def test_f031_approve_and_edit_at_the_same_instant(store_url: str, counts: Callable[[int], int]) -> None:
    """Either the approval was first and the edit voids it, or the edit was first and it is refused: it never opens the gate."""
    gate = make_bench(store_url).gate
    for number in range(counts(40)):
        name = f"d{number}"
        seen = confirmed(gate, name, content=f"Text {number}.")
        together(
            lambda n=name, s=seen: gate.approve(n, digest=s.digest, by="chie", note="Read."),  # type: ignore[misc]  # bound now
            lambda n=name: written(gate, n, content=f"Edited {n}."),  # type: ignore[misc]  # bound now
        )
        assert State.DRAFTING is gate.draft(name).state
        assert not gate.decide(name)


# Rounds


def test_r08_a_signature_does_not_survive_being_sent_back(sqlite_url: str) -> None:
    """Sent back for a wrong figure and resubmitted unchanged, it needs every signature again."""
    gate = make_bench(sqlite_url, rules=RULES + 'keep_on = ["unchanged", "text"]\n').gate
    approved(gate)
    gate.send_back("d1", by="dai", note="A wrong figure.")
    gate.submit("d1", by="akari", note="As it was.")

    assert State.CHECKING is gate.draft("d1").state
    assert "two pairs of eyes" in gate.decide("d1").blocked_by


def test_r08_a_text_changed_and_changed_back_is_signed_anew(sqlite_url: str) -> None:
    """Old votes do not come back by themselves."""
    gate = make_bench(sqlite_url, rules=LATER).gate
    before = approved(gate)
    written(gate, content="Another text.")

    assert before.digest == submitted(gate).digest
    assert [] == [each for each in gate.draft("d1").signatures if each.carried]
    assert "two pairs of eyes" in gate.decide("d1").blocked_by


def test_r08_a_file_that_names_unchanged_lets_them_come_back(sqlite_url: str) -> None:
    """The team may decide otherwise, in words that can be read."""
    gate = make_bench(sqlite_url, rules=RULES + 'keep_on = ["unchanged"]\n').gate
    approved(gate)
    written(gate, content="Another text.")
    submitted(gate)

    assert gate.decide("d1")


def test_r08_after_a_persons_not_sent_everything_is_signed_anew(sqlite_url: str) -> None:
    """The approvals of before do not send it again, whatever the file keeps and however the text changes and changes back."""
    bench = make_bench(sqlite_url, rules=RULES + 'keep_on = ["unchanged"]\n')
    gate = bench.gate
    approved(gate)
    bench.outbox.answers = [TimeoutError("no answer")]
    attempt = gate.send("d1", by="mailer").attempts[0]
    settled = gate.settle("d1", attempt=attempt, outcome="not_sent", by="dai", note="Their log has nothing.")
    lifted(gate, "d1/h1", by="chie", note="Seen too.")

    assert (State.APPROVING, 2) == (settled.state, settled.round)
    assert {"two pairs of eyes"} == gate.decide("d1").blocked_by
    written(gate, content="Another text.")
    submitted(gate)
    assert "two pairs of eyes" in gate.decide("d1").blocked_by


# Carrying


def test_a_later_hour_keeps_what_the_file_says(sqlite_url: str) -> None:
    """The one change that was allowed: both signatures stand, marked as carried."""
    gate = make_bench(sqlite_url, rules=LATER).gate
    approved(gate, send_at=TEN)
    carried = submitted(gate, send_at=ELEVEN)

    assert State.APPROVED is carried.state
    assert {("ben", True), ("chie", True)} == {(each.by, each.carried) for each in carried.signatures if each.round == 2}


def test_by_default_a_later_hour_voids_approvals_and_not_confirmations(sqlite_url: str) -> None:
    gate = make_bench(sqlite_url).gate
    approved(gate, send_at=TEN)

    assert State.APPROVING is submitted(gate, send_at=ELEVEN).state


def test_t06_whose_signature_is_carried_is_told_the_difference(sqlite_url: str) -> None:
    """Each of them, each time; there is no key that mutes it."""
    bench = make_bench(sqlite_url, rules=LATER)
    old = approved(bench.gate, send_at=TEN)
    new = submitted(bench.gate, send_at=ELEVEN)
    told = [alarm for alarm in bench.alarms if alarm.code == "carried"]

    assert {("ben",), ("chie",)} == {alarm.to for alarm in told}
    assert {("schedule.later", old.mark, new.mark)} == {tuple(alarm.params[key] for key in ("kinds", "saw", "now")) for alarm in told}


def test_r09_many_small_changes_are_judged_as_one(sqlite_url: str) -> None:
    """Each hour later than the last: what counts, and what its owner is told, is the difference from the text that they really saw."""
    bench = make_bench(sqlite_url, rules=LATER)
    first = approved(bench.gate, send_at=TEN)
    submitted(bench.gate, send_at=ELEVEN)
    last = submitted(bench.gate, send_at=TWELVE)

    assert {(first.mark, last.mark)} == {(alarm.params["saw"], alarm.params["now"]) for alarm in bench.alarms[-2:]}
    assert {first.digest} == {each.seen for each in last.signatures}


def test_a_signature_that_was_carried_and_revoked_is_not_carried_again(sqlite_url: str) -> None:
    """Chie approved, the hour moved, chie took it back: another hour does not bring her approval back."""
    gate = make_bench(sqlite_url, rules=LATER).gate
    approved(gate, send_at=TEN)
    seen = submitted(gate, send_at=ELEVEN)
    gate.revoke("d1", digest=seen.digest, by="chie", note="No more.")
    after = submitted(gate, send_at=TWELVE)

    assert State.APPROVING is after.state
    assert "two pairs of eyes" in gate.decide("d1").blocked_by


def test_a_carried_signature_still_ages_from_when_it_was_given(sqlite_url: str) -> None:
    """Moving the hour is no way to make an approval younger."""
    bench = make_bench(sqlite_url, rules=LATER + 'valid_for = "10h"\n')
    approved(bench.gate, send_at=TEN)
    bench.clock.forward(hours=9)
    submitted(bench.gate, send_at=ELEVEN)
    bench.clock.forward(hours=2)

    assert "two pairs of eyes" in bench.gate.decide("d1").blocked_by


def test_whoever_made_the_edit_does_not_keep_a_signature(sqlite_url: str) -> None:
    """Ben confirmed, then moved the hour himself: now he is one of the writers."""
    gate = make_bench(sqlite_url, rules=LATER).gate
    approved(gate, send_at=TEN)
    after = submitted(gate, send_at=ELEVEN, by="ben")

    assert [("chie", True)] == [(each.by, each.carried) for each in after.signatures if each.round == 2]


# Who may


def refused(act: Callable[[], object]) -> str:
    """The code of the refusal."""
    with pytest.raises(Refused) as error:
        act()
    return error.value.code


def test_f075_the_writer_cannot_sign_in_any_role(sqlite_url: str) -> None:
    """Akari is checker and approver too; the rule is on the person, not on the role."""
    gate = make_bench(sqlite_url).gate
    seen = confirmed(gate)

    assert "wrote-it" == refused(lambda: gate.confirm("d1", digest=seen.digest, by="akari", note="Mine."))
    assert "wrote-it" == refused(lambda: gate.approve("d1", digest=seen.digest, by="akari", note="Mine."))


def test_t21_whoever_wrote_it_is_barred_although_another_submitted(sqlite_url: str) -> None:
    """Akari writes, ben submits: neither may sign."""
    gate = make_bench(sqlite_url).gate
    written(gate)
    seen = gate.submit("d1", by="ben", note="For akari.")

    assert "wrote-it" == refused(lambda: gate.confirm("d1", digest=seen.digest, by="akari", note="Mine."))
    assert "wrote-it" == refused(lambda: gate.confirm("d1", digest=seen.digest, by="ben", note="Mine."))


def test_r34_t16_whoever_wrote_any_version_is_barred(sqlite_url: str) -> None:
    """Ben wrote the first version, of which no word is left."""
    gate = make_bench(sqlite_url).gate
    submitted(gate, content="The first version.", by="ben")
    gate.send_back("d1", by="chie", note="All of it anew.")
    seen = submitted(gate)

    assert "wrote-it" == refused(lambda: gate.confirm("d1", digest=seen.digest, by="ben", note="Fine."))


def test_f076_an_edit_after_the_approval_bars_the_editor_and_voids_the_approval(sqlite_url: str) -> None:
    gate = make_bench(sqlite_url).gate
    approved(gate)
    seen = submitted(gate, content="One figure changed.", by="ben")

    assert "two pairs of eyes" in gate.decide("d1").blocked_by
    assert "wrote-it" == refused(lambda: gate.confirm("d1", digest=seen.digest, by="ben", note="Fine."))


def test_t26_what_an_approver_edits_is_a_new_text_that_others_sign(sqlite_url: str) -> None:
    """Edited while it is approved: another digest, judged anew, and the editor's own yes covers none of it."""
    gate = make_bench(sqlite_url).gate
    before = submitted(gate, by="ben")
    gate.confirm("d1", digest=before.digest, by="chie", note="Names are right.")
    after = written(gate, content="The new wing opens in July.", by="akari")

    assert before.digest != after.digest
    gate.submit("d1", by="akari", note="One date more.")
    assert "text-changed" == refused(lambda: gate.confirm("d1", digest=before.digest, by="chie", note="As before."))
    gate.confirm("d1", digest=after.digest, by="chie", note="The date is right.")
    assert "wrote-it" == refused(lambda: gate.approve("d1", digest=after.digest, by="akari", note="My own."))
    assert {"two pairs of eyes"} == gate.decide("d1").blocked_by
    gate.approve("d1", digest=after.digest, by="dai", note="Go.")
    assert gate.decide("d1")


def test_t26_a_text_that_is_moved_to_another_way_out_is_judged_by_the_rules_there(sqlite_url: str) -> None:
    rules = (
        RULES + '[channels.press]\nwindow = "2h"\n[[requirement]]\nname = "two approve the press"\nchannels = ["press"]\napprovers = 2\n'
    )
    gate = make_bench(sqlite_url, rules=rules, channels={"news": Outbox(), "press": Outbox("outbox:press")}).gate
    approved(gate)
    assert gate.decide("d1")
    approved(gate, channel="press")

    assert {"two approve the press"} == gate.decide("d1").blocked_by


def test_f077_t16_a_robot_writes_for_its_operator(sqlite_url: str) -> None:
    """The two are one pair of eyes; the robot itself never signs."""
    gate = make_bench(sqlite_url).gate
    seen = submitted(gate, by="writer")

    assert "wrote-it" == refused(lambda: gate.confirm("d1", digest=seen.digest, by="akari", note="Not mine."))
    assert "robot-signs" == refused(lambda: gate.confirm("d1", digest=seen.digest, by="writer", note="Beep."))
    assert "robot-signs" == refused(lambda: gate.confirm("d1", digest=seen.digest, by="mailer", note="Beep."))


@pytest.mark.parametrize("name", ["ben", "ben@pr.example", "BEN@PR.example", " ben@pr.example ", "ben.ito@mail.example"])
def test_f078_t22_all_names_of_a_person_are_that_person(sqlite_url: str, name: str) -> None:
    """Ben wrote it under his id; under no other name may he sign it."""
    gate = make_bench(sqlite_url).gate
    seen = submitted(gate, by="ben")

    assert "wrote-it" == refused(lambda: gate.confirm("d1", digest=seen.digest, by=name, note="Fine."))


@pytest.mark.parametrize("name", ["", "Ben Ito", "ben ", "bеn", "ben+x@pr.example", "root", "*", "ben\0"])
def test_f078_a_name_that_leads_to_nobody_counts_for_nobody(sqlite_url: str, name: str) -> None:
    """Neither a display name nor what looks like an id."""
    gate = make_bench(sqlite_url).gate
    seen = submitted(gate)
    with suppress(GateError):
        gate.confirm("d1", digest=seen.digest, by=name, note="Fine.")

    assert {"ben"} >= {each.by for each in gate.draft("d1").signatures}


@pytest.mark.parametrize("name", [5, None, b"ben", ["ben"]])
def test_t22_what_is_no_string_is_nobody(sqlite_url: str, name: object) -> None:
    """Neither a number nor bytes is compared until it fits."""
    gate = make_bench(sqlite_url).gate
    seen = submitted(gate)
    with pytest.raises((GateError, TypeError)):
        gate.confirm("d1", digest=seen.digest, by=name, note="Fine.")  # type: ignore[arg-type]  # the very mistake

    assert () == gate.draft("d1").signatures


def test_f079_one_key_belongs_to_one_person() -> None:
    """Two names for one key are refused when the policy loads."""
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPK3mhEbVv0sAd6QzgTzB5uLT9Bt9n0h8yTjvjEJdYH"
    people = PEOPLE.replace('"dai@pr.example"', f'"dai@pr.example", keys = ["{key}"]')
    with pytest.raises(PolicyError, match="a key"):
        make_policy(people=people.replace('"chie@pr.example"', f'"chie@pr.example", keys = ["{key} other-name"]'))


def test_t15_fifty_approvals_of_one_person_are_one(store_url: str) -> None:
    """However often and however fast: one person, one place."""
    gate = make_bench(store_url, rules=NEWS + '[[requirement]]\nname = "two approvers"\napprovers = 2\n').gate
    seen = submitted(gate)
    together(*[lambda: gate.approve("d1", digest=seen.digest, by="chie", note="Yes.")] * 50)

    assert ["chie"] == [each.by for each in gate.draft("d1").signatures]
    assert "two approvers" in gate.decide("d1").blocked_by


def test_f034_two_approvers_at_once_make_one_step(store_url: str) -> None:
    """Both signatures are kept, the way opens once."""
    gate = make_bench(store_url, rules=NEWS + '[[requirement]]\nname = "two approvers"\napprovers = 2\n').gate
    seen = submitted(gate)
    together(*(lambda n=name: gate.approve("d1", digest=seen.digest, by=n, note="Yes.") for name in ("chie", "dai")))

    assert gate.decide("d1")
    assert (2, 1) == (kinds(gate).count("approve"), kinds(gate).count("ripen"))


def test_one_person_fills_one_place_of_a_requirement_and_may_serve_several(sqlite_url: str) -> None:
    """Chie's approval serves both rules; her confirmation does not fill a second place of the first."""
    legal = '[[requirement]]\nname = "legal"\napprovers = 1\ngroup = "legal"\n[groups]\nlegal = ["chie"]\n'
    gate = make_bench(sqlite_url, rules=RULES + legal).gate
    seen = submitted(gate)
    gate.confirm("d1", digest=seen.digest, by="chie", note="Right.")
    gate.approve("d1", digest=seen.digest, by="chie", note="Right.")
    assert {"two pairs of eyes"} == gate.decide("d1").blocked_by

    gate.confirm("d1", digest=seen.digest, by="ben", note="Right.")
    assert gate.decide("d1")


# Delegations


def lend(gate: Gate, person: str, to: str, **more: object) -> None:
    gate.delegate(person, to=to, until=NOON + timedelta(days=1), by=person, note="Away.", **more)


def test_t23_a_right_cannot_be_lent_on(sqlite_url: str) -> None:
    """Dai lends to ben, ben to somebody without rights: that person has none."""
    people = PEOPLE + 'emi = { name = "Emi", email = "emi@pr.example", roles = ["author"] }\n'
    gate = make_bench(sqlite_url, people=people).gate
    lend(gate, "dai", "ben")
    lend(gate, "ben", "emi")
    seen = confirmed(gate)

    assert "not-your-role" == refused(lambda: gate.approve("d1", digest=seen.digest, by="emi", note="For dai."))


def test_t23_who_signs_for_the_writer_is_barred_like_the_writer(sqlite_url: str) -> None:
    """Akari wrote it and lends her right to ben: with that right he signs nothing of hers."""
    gate = make_bench(sqlite_url).gate
    lend(gate, "akari", "ben")
    submitted(gate)
    seen = gate.confirm("d1", digest=gate.draft("d1").digest, by="chie", note="Right.")

    assert "wrote-it" == refused(lambda: gate.approve("d1", digest=seen.digest, by="ben", note="For akari."))


def test_t23_for_whom_the_writer_could_act_is_barred_too(sqlite_url: str) -> None:
    """Chie lent her right to akari: what akari wrote, chie does not sign either."""
    gate = make_bench(sqlite_url).gate
    lend(gate, "chie", "akari")
    seen = submitted(gate)

    assert "wrote-it" == refused(lambda: gate.confirm("d1", digest=seen.digest, by="chie", note="Fine."))


def test_t23_two_rights_lent_to_one_person_are_one_signature(sqlite_url: str) -> None:
    """Nobody becomes two people by standing in for two."""
    gate = make_bench(sqlite_url, rules=NEWS + '[[requirement]]\nname = "two approvers"\napprovers = 2\n').gate
    lend(gate, "chie", "ben")
    lend(gate, "dai", "ben")
    seen = submitted(gate)
    for _ in range(2):
        gate.approve("d1", digest=seen.digest, by="ben", note="For both.")

    assert "two approvers" in gate.decide("d1").blocked_by


def test_t23_both_names_of_a_lent_signature_have_acted(sqlite_url: str) -> None:
    """Ben signs for chie; chie's own signature beside it makes no second person."""
    gate = make_bench(sqlite_url, rules=NEWS + '[[requirement]]\nname = "two approvers"\napprovers = 2\n').gate
    lend(gate, "chie", "ben")
    seen = submitted(gate)
    gate.approve("d1", digest=seen.digest, by="ben", note="For chie.")
    gate.approve("d1", digest=seen.digest, by="chie", note="And I too.")

    assert "two approvers" in gate.decide("d1").blocked_by


def test_a_lent_right_ends_with_its_grant(sqlite_url: str) -> None:
    """What was signed with it counts no longer than the grant."""
    bench = make_bench(sqlite_url, rules=NEWS + '[[requirement]]\nname = "one approver"\napprovers = 1\n')
    lend(bench.gate, "chie", "ben")
    seen = submitted(bench.gate)
    bench.gate.approve("d1", digest=seen.digest, by="ben", note="For chie.")
    assert bench.gate.decide("d1")
    bench.clock.forward(days=1)

    assert "one approver" in bench.gate.decide("d1").blocked_by


def test_a_group_can_be_stood_in_for_by_somebody_with_a_right_of_their_own(sqlite_url: str) -> None:
    """Chie is approver herself; what dai lends her counts for the group that only dai is in."""
    legal = '[[requirement]]\nname = "legal"\napprovers = 1\ngroup = "legal"\n[groups]\nlegal = ["dai"]\n'
    gate = make_bench(sqlite_url, rules=RULES + legal).gate
    lend(gate, "dai", "chie")
    approved(gate)

    assert gate.decide("d1")


# Taking it back


def test_r10_an_approver_takes_a_signature_back(store_url: str) -> None:
    """The draft is in approving again, in the same transaction."""
    gate = make_bench(store_url).gate
    seen = approved(gate)
    after = gate.revoke("d1", digest=seen.digest, by="chie", note="Wait.")

    assert State.APPROVING is after.state
    assert ["revoke", "lapse"] == kinds(gate)[-2:]


def test_r10_a_signature_that_aged_out_can_be_given_again(sqlite_url: str) -> None:
    """Nobody has to send it back and lose everybody's work."""
    bench = make_bench(sqlite_url, rules=RULES + 'valid_for = "1h"\n')
    seen = approved(bench.gate)
    bench.clock.forward(hours=2)
    assert not bench.gate.decide("d1")
    bench.gate.approve("d1", digest=seen.digest, by="chie", note="Still.")
    bench.gate.confirm("d1", digest=seen.digest, by="ben", note="Still.")

    assert bench.gate.decide("d1")


def test_r10_the_last_requirement_may_be_met_by_a_waiver(sqlite_url: str) -> None:
    """No action of its own leads to approved: what was written last does."""
    gate = make_bench(sqlite_url, rules=RULES + "waivable_by = { approvers = 1 }\n").gate
    seen = submitted(gate)

    assert State.APPROVED is gate.waive("d1", "two pairs of eyes", digest=seen.digest, by="dai", note="It burns.").state


@pytest.mark.parametrize("who", ["chie", "ben"])
def test_t03_f032_a_signature_taken_back_and_the_send_have_one_order(store_url: str, who: str) -> None:
    """Once the send has begun, taking back is refused; before, nothing leaves: the log shows which was first."""
    bench = make_bench(store_url)
    seen = approved(bench.gate, content=mails(2))
    codes = list[str]()
    bench.outbox.on_send = lambda _: codes.append(refused(lambda: bench.gate.revoke("d1", digest=seen.digest, by=who, note="Stop.")))
    bench.gate.send("d1", by="mailer")

    assert ["not-its-turn"] * 2 == codes
    assert "revoke" not in kinds(bench.gate)


@pytest.mark.counts
def test_t03_f032_revoke_against_send(store_url: str, counts: Callable[[int], int]) -> None:
    """Raced: revoked and nothing left, or sent and the revocation refused."""
    bench = make_bench(store_url)
    for number in range(counts(60)):
        name = f"d{number}"
        seen = approved(bench.gate, name, content=f"Text {number}.")
        before = len(bench.outbox.got)
        together(
            lambda n=name: bench.gate.send(n, by="mailer"),  # type: ignore[misc]  # bound now
            lambda n=name, s=seen: bench.gate.revoke(n, digest=s.digest, by="chie", note="Wait."),  # type: ignore[misc]  # bound now
        )
        sent = len(bench.outbox.got) - before
        assert _order(bench.gate.history(name)) == ("begin" if sent else "revoke")


def _order(history: tuple[Event, ...]) -> str:
    """Which of the two there was: never both."""
    found = [event.kind for event in history if event.kind in {"begin", "revoke"}]
    assert 1 == len(found)
    return found[0]


@pytest.mark.parametrize("by", ["mailer", "writer"])
def test_whoever_neither_checks_nor_approves_sends_nothing_back(sqlite_url: str, by: str) -> None:
    """It would take away everybody's signatures."""
    gate = make_bench(sqlite_url).gate
    approved(gate)

    assert "not-your-role" == refused(lambda: gate.send_back("d1", by=by, note="Beep."))
    assert State.APPROVED is gate.draft("d1").state


def test_only_ones_own_signature_can_be_taken_back(sqlite_url: str) -> None:
    gate = make_bench(sqlite_url).gate
    seen = approved(gate)

    assert "nothing-to-revoke" == refused(lambda: gate.revoke("d1", digest=seen.digest, by="dai", note="Not his."))


# Waivers


def test_a_waiver_dies_with_its_round(sqlite_url: str) -> None:
    """It names one text in one round; the same text resubmitted needs it again."""
    gate = make_bench(sqlite_url, rules=RULES + "waivable_by = { approvers = 1 }\n").gate
    seen = submitted(gate)
    gate.waive("d1", "two pairs of eyes", digest=seen.digest, by="dai", note="It burns.")
    gate.send_back("d1", by="ben", note="It does not.")
    gate.submit("d1", by="akari", note="As it was.")

    assert "two pairs of eyes" in gate.decide("d1").blocked_by


@pytest.mark.parametrize("name", ["hold-active", "twin-held", "missed", "waiting-for-time", "checks", "check-missing", "d1/h1"])
def test_a_rule_of_the_gate_cannot_be_waived(sqlite_url: str, name: str) -> None:
    """Only requirements and checks have names here."""
    gate = make_bench(sqlite_url).gate
    seen = approved(gate)
    gate.hold("d1", by="dai")

    assert "no-such-finding" == refused(lambda: gate.waive("d1", name, digest=seen.digest, by="dai", note="Away with it."))


def test_an_empty_note_signs_nothing(sqlite_url: str) -> None:
    """Wherever hands change there is a word; two thousand and one characters are none."""
    gate = make_bench(sqlite_url).gate
    seen = submitted(gate)

    assert "note-empty" == refused(lambda: gate.confirm("d1", digest=seen.digest, by="ben", note="  \n"))
    with pytest.raises(ContentError):
        gate.confirm("d1", digest=seen.digest, by="ben", note="x" * 2001)


def test_sign_is_all_that_the_two_do(sqlite_url: str) -> None:
    """The builder's shortcut opens the gate, so that each test that closes it means something."""
    gate = make_bench(sqlite_url).gate
    submitted(gate)
    sign(gate)

    assert gate.decide("d1")


def test_a_waiver_is_for_the_finding_that_was_seen(sqlite_url: str) -> None:
    """What a check says later about the same text was seen by nobody: it shuts the gate again."""
    told = ["the ticker is down"]

    @check("ticker", reads=("time",))
    def ticker(draft: Draft, context: Context) -> Iterable[Finding]:
        """Whatever somebody has put there."""
        return [Finding(check="ticker", severity=Severity.WARNING, evidence=each) for each in told]

    gate = make_bench(sqlite_url, checks=[ticker]).gate
    seen = approved(gate)
    gate.waive("d1", "ticker", digest=seen.digest, by="dai", note="Known.")
    assert gate.decide("d1").open

    told.append("the prices are last year's")

    assert {"ticker"} == gate.decide("d1").blocked_by
