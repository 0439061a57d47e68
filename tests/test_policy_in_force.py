"""The rules are an event in the store: who changes them, and what that does to everything that was signed."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, select, update

from releasegate.errors import Blocked, NotFound, PolicyError, Refused, StoreError
from releasegate.gate import Gate
from releasegate.model.parcel import Parcel
from releasegate.model.state import State
from releasegate.policy.policy import Policy
from releasegate.store import log, tables
from tests.building import NEWS, PEOPLE, RULES, TWO_EYES, Outbox, approved, mails, make_bench, make_policy, submitted, written

EASY = NEWS + '[[requirement]]\nname = "one approver"\napprovers = 1\n'
WITHOUT_CHIE = PEOPLE.replace('"chie@pr.example", roles = ["checker", "approver"]', '"chie@pr.example", roles = ["checker"]')


def adopt(gate: Gate, policy: Policy) -> None:
    """Dai proposes and chie agrees."""
    assert not gate.adopt(policy, by="dai", note="Please.")
    assert gate.adopt(policy, by="chie", note="Yes.")


def tamper(store_url: str, work: Callable[[Connection], object]) -> None:
    """What somebody with a client for databases can do."""
    engine = create_engine(store_url)
    with engine.begin() as connection:
        work(connection)
    engine.dispose()


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as error:
        act()
    return error.value.code


# People whose rights change


def test_r02_f080_a_right_that_is_taken_away_stops_a_send_in_its_middle(store_url: str) -> None:
    """Chie's right goes while the first letter is on its way: what had been claimed with it does not begin."""
    bench = make_bench(store_url)
    approved(bench.gate, content=mails(3))

    def first(_: Parcel) -> None:
        if not bench.outbox.got:
            adopt(bench.gate, make_policy(people=WITHOUT_CHIE))

    bench.outbox.on_send = first
    with pytest.raises(Blocked, match=r"\AStopped half-way"):
        bench.gate.send("d1", by="mailer")

    assert ["reader1@paper.example"] == bench.outbox.reached


def test_r02_f080_a_right_taken_away_before_the_send_counts_at_once(store_url: str) -> None:
    """Her approval stands in the log and opens nothing."""
    bench = make_bench(store_url)
    approved(bench.gate)
    adopt(bench.gate, make_policy(people=WITHOUT_CHIE))
    now = make_bench(store_url, people=WITHOUT_CHIE, clock=bench.clock)
    with pytest.raises(Blocked):
        now.gate.send("d1", by="mailer")

    assert {"two pairs of eyes"} == now.gate.decide("d1").blocked_by
    assert State.APPROVING is now.gate.draft("d1").state


def test_hiring_somebody_voids_no_signature(sqlite_url: str) -> None:
    """People are apart from the rules that signatures stand on."""
    more = PEOPLE + 'emi = { name = "Emi", email = "emi@pr.example", roles = ["author"] }\n'
    bench = make_bench(sqlite_url)
    approved(bench.gate)
    adopt(bench.gate, make_policy(people=more))

    assert make_bench(sqlite_url, people=more, clock=bench.clock).gate.decide("d1")


def test_f080_who_has_left_the_directory_counts_for_nobody(sqlite_url: str) -> None:
    """A signature of somebody who is gone is no signature."""
    gone = "\n".join(line for line in PEOPLE.splitlines() if not line.startswith("ben"))
    bench = make_bench(sqlite_url)
    approved(bench.gate)
    adopt(bench.gate, make_policy(people=gone))

    assert "two pairs of eyes" in make_bench(sqlite_url, people=gone, clock=bench.clock).gate.decide("d1").blocked_by


# Rules that change


def test_t17_f082_easier_rules_void_what_was_signed_under_others(store_url: str) -> None:
    """Lowering the threshold for one release does not open the gate with the signatures that there are."""
    bench = make_bench(store_url)
    approved(bench.gate)
    adopt(bench.gate, make_policy(EASY))

    assert "one approver" in make_bench(store_url, rules=EASY, clock=bench.clock).gate.decide("d1").blocked_by


def test_t17_f082_rules_change_with_two_people_one_of_them_approver(store_url: str) -> None:
    """One person proposes it as often as they like; two without an approver among them too."""
    gate = make_bench(store_url).gate

    assert [False, False] == [gate.adopt(make_policy(EASY), by="dai", note="Please.") for _ in range(2)]
    assert not gate.adopt(make_policy(EASY + 'keep_on = ["text"]\n'), by="akari", note="Please.")
    assert not gate.adopt(make_policy(EASY + 'keep_on = ["subject"]\n'), by="chie", note="Something else.")
    assert 1 == len(gate._office.store.look(lambda txn: log.of_store(txn, kinds=["adopt"])))


def test_t17_two_people_without_an_approver_change_nothing(sqlite_url: str) -> None:
    """A robot's operator and a checker are not enough."""
    people = PEOPLE.replace('"author", "checker", "approver"', '"author", "checker"')
    gate = make_bench(sqlite_url, people=people).gate
    easy = make_policy(EASY, people=people)

    assert [False, False] == [gate.adopt(easy, by=name, note="Please.") for name in ("akari", "ben")]
    assert "adopt-no-human" == refused(lambda: gate.adopt(easy, by="mailer", note="Please."))


def test_t17_the_writer_of_a_waiting_text_does_not_help_to_loosen_its_rules(sqlite_url: str) -> None:
    """Neither as the first nor as the second."""
    gate = make_bench(sqlite_url).gate
    written(gate)

    assert "adopt-writer" == refused(lambda: gate.adopt(make_policy(EASY), by="akari", note="Please."))
    gate.adopt(make_policy(EASY), by="dai", note="Please.")
    assert "adopt-writer" == refused(lambda: gate.adopt(make_policy(EASY), by="akari", note="Yes."))


@pytest.mark.parametrize("field", ["content", "title"])
def test_t17_nothing_in_a_draft_changes_the_rules(sqlite_url: str, field: str) -> None:
    """What an author hands in is text, also where it looks like a policy."""
    gate = make_bench(sqlite_url).gate
    given = {"content": "The new wing opens.", field: '[[requirement]] name = "two pairs of eyes" approvers = 0'}
    submitted(gate, **given)

    assert {"two pairs of eyes"} <= gate.decide("d1").blocked_by
    assert 1 == len([event for event in gate.history("d1") if event.kind == "write"])


@pytest.mark.parametrize("position", [0, 1])
def test_r05_rules_brought_back_in_the_store_are_not_in_force(store_url: str, position: int) -> None:
    """A row that points at an older adoption, or at none, is a rollback that nobody signed: closed."""
    bench = make_bench(store_url, rules=EASY)
    adopt(bench.gate, make_policy())
    tamper(store_url, lambda connection: connection.execute(update(tables.gate).values(policy=position, epoch=99)))
    with pytest.raises(StoreError, match="rules in force"):
        written(bench.gate)


def test_r05_rules_that_were_edited_in_the_store_are_not_in_force(store_url: str) -> None:
    """The event names the digest of what stands beside it."""
    bench = make_bench(store_url)
    approved(bench.gate)

    def fewer(connection: Connection) -> None:
        adopted = tables.events.c.kind == "adopt"
        memo = connection.execute(select(tables.events.c.memo).where(adopted)).scalar_one()
        connection.execute(update(tables.events).where(adopted).values(memo=memo.replace(b'"checkers":1,', b"")))

    tamper(store_url, fewer)
    with pytest.raises(StoreError):
        make_bench(store_url, clock=bench.clock).gate.send("d1", by="mailer")

    assert [] == bench.outbox.got


# Rules that ask for nothing


@pytest.mark.parametrize("rules", ["", '[[requirement]]\nname = "elsewhere"\nchannels = ["posts"]\napprovers = 1\n[channels.posts]\n'])
def test_t18_t35_where_no_rule_applies_nothing_leaves(store_url: str, rules: str) -> None:
    """No requirement at all, or none for this channel: closed, and it says so."""
    ways: Mapping[str, Outbox] = {"news": Outbox()}
    bench = make_bench(store_url, rules=NEWS + rules, channels=ways)
    submitted(bench.gate)
    with pytest.raises(Blocked):
        bench.gate.send("d1", by="mailer")

    assert "no-requirement" in bench.gate.decide("d1").blocked_by
    assert State.APPROVED is not bench.gate.draft("d1").state


@pytest.mark.parametrize("wrong", ["0", "-1", "true", '"2"', "1.5", "[]"])
def test_t18_f084_a_number_of_people_is_a_positive_whole_number(wrong: str) -> None:
    """Zero, negative, True and "2" are load errors."""
    with pytest.raises(PolicyError):
        make_policy(RULES.replace("approvers = 1", f"approvers = {wrong}"))


@pytest.mark.parametrize(
    "wrong",
    [
        RULES.replace("approvers = 1", "").replace("checkers = 1", ""),
        RULES + 'group = "legal"\n',
        RULES + 'group = "legal"\n[groups]\nlegal = []\n',
        RULES + 'group = "legal"\n[groups]\nlegal = ["nobody"]\n',
        RULES + "channels = []\n",
        RULES + 'channels = ["pots"]\n',
    ],
)
def test_t18_an_empty_rule_is_a_load_error(wrong: str) -> None:
    """A rule that asks for nobody, a group that is empty or unknown, a channel that is not there."""
    with pytest.raises(PolicyError):
        make_policy(wrong)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (RULES.replace("approvers", "aprovers"), "unknown key 'aprovers'"),
        (RULES.replace("[[requirement]]", "[[requirements]]"), "unknown key 'requirements'"),
        (RULES.replace('window = "2h"', 'windw = "2h"'), "unknown key 'windw'"),
        (RULES + "keep-on = []\n", "unknown key 'keep-on'"),
        (RULES + 'keep_on = ["txt"]\n', "'txt'"),
        (RULES + '[checks]\n"schedule-pst" = { severity = "warning" }\n', "schedule-pst"),
        (RULES + '[checks]\n"schedule-past" = { severity = "off" }\n', "'off'"),
        (RULES + "[gat]\n", "unknown key 'gat'"),
    ],
)
def test_t24_t36_a_slip_of_the_pen_is_a_load_error(sqlite_url: str, wrong: str, says: str) -> None:
    """An unknown key, check, kind or severity is named."""
    with pytest.raises(PolicyError, match=re.escape(says)):
        make_bench(sqlite_url, rules=wrong)


def test_t36_of_a_policy_with_one_bad_rule_nothing_is_in_force(tmp_path: Path) -> None:
    """Whole or not at all: the rule that can be read does not stand for the one that cannot."""
    bad = TWO_EYES.replace("two pairs of eyes", "legal").replace("approvers = 1", 'approvers = 1\nvalid_for = "soon"')
    with pytest.raises(PolicyError, match="valid_for"):
        make_bench(str(tmp_path / "gate.db"), rules=RULES + bad)

    assert [] == list(tmp_path.iterdir())


def test_t25_what_is_not_listed_is_denied(sqlite_url: str) -> None:
    """An unknown channel, a channel that nobody opened, a role that nobody gave."""
    bench = make_bench(sqlite_url, rules=RULES + "[channels.closed]\n")
    with pytest.raises(NotFound):
        written(bench.gate, channel="elsewhere")
    with pytest.raises(NotFound):
        written(bench.gate, channel="closed")
    with pytest.raises(PolicyError):
        make_bench(sqlite_url, channels={"news": Outbox(), "unheard-of": Outbox()})
    assert "not-your-role" == refused(lambda: written(bench.gate, by="dai"))


def test_t19_nobody_is_above_the_rules(sqlite_url: str) -> None:
    """Every role at once is still one pair of eyes."""
    people = PEOPLE + 'boss = { name = "Boss", email = "boss@pr.example", roles = ["author", "checker", "approver"] }\n'
    gate = make_bench(sqlite_url, people=people).gate
    seen = submitted(gate, by="boss")

    assert "wrote-it" == refused(lambda: gate.confirm("d1", digest=seen.digest, by="boss", note="I may."))
    gate.confirm("d1", digest=seen.digest, by="ben", note="Right.")
    assert "wrote-it" == refused(lambda: gate.approve("d1", digest=seen.digest, by="boss", note="I may."))


def test_t20_standing_in_widens_who_never_how_few(sqlite_url: str) -> None:
    """Everybody's rights lent to ben: he is one of two all the same."""
    bench = make_bench(sqlite_url, rules=NEWS + '[[requirement]]\nname = "two approvers"\napprovers = 2\n')
    for person in ("chie", "dai"):
        bench.gate.delegate(person, to="ben", until=bench.clock() + timedelta(days=1), by=person, note="Away.")
    seen = submitted(bench.gate)
    bench.gate.approve("d1", digest=seen.digest, by="ben", note="For them.")
    waiting = bench.gate.decide("d1").blockers[0]

    assert ("two approvers", 1) == (waiting.name, waiting.params["missing"])


@pytest.mark.parametrize("rules", [TWO_EYES.replace("two pairs of eyes", "__import__('os').system('touch {mark}')"), TWO_EYES])
def test_t38_a_policy_is_data(tmp_path: Path, sqlite_url: str, rules: str) -> None:
    """A name that looks like a program is a name."""
    mark = tmp_path / "ran"
    bench = make_bench(sqlite_url, rules=NEWS + rules.replace("{mark}", str(mark)))
    submitted(bench.gate, title=f"{{{{ 7 * 7 }}}} $(touch {mark}) ; __import__('os')")
    bench.gate.decide("d1").explain("ja")

    assert not mark.exists()


def test_submit_names_the_gap_where_nobody_could_sign(sqlite_url: str) -> None:
    """Ben wrote it, akari submits: no checker is left but chie, and then no approver but dai; without dai it is refused."""
    people = "\n".join(line for line in PEOPLE.splitlines() if not line.startswith("dai"))
    gate = make_bench(sqlite_url, people=people.replace('"author", "checker", "approver"', '"author", "checker"')).gate
    written(gate, by="ben")

    assert "nobody-could-sign" == refused(lambda: gate.submit("d1", by="akari", note="Please."))


def test_a_copy_of_the_policy_that_says_demo_is_another_policy(store_url: str) -> None:
    """Where one person may play all, nothing of the real store can be signed: it may be read and held."""
    text = PEOPLE + '[channels.newsletter]\nvia = "folder:out"\n' + TWO_EYES
    real = Gate(store_url, policy=Policy.parse("version = 1\n" + text), channels={"newsletter": Outbox()})
    draft = real.write("d1", channel="newsletter", content=mails(1), by="akari")
    real.submit("d1", by="akari", note="Please.")
    demo = Gate(store_url, policy=Policy.parse('version = 1\n[gate]\nmode = "demo"\n' + text), channels={"newsletter": Outbox()})

    assert "policy-not-in-force" == refused(lambda: demo.confirm("d1", digest=draft.digest, by="ben", note="Fine."))
    assert demo.hold("d1", by="ben")
    real.close()
    demo.close()
