"""Approvals that a person's own key signs: of one text, one round, one draft, one store, one set of rules and words; each once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import orjson
import pytest
from sqlalchemy import create_engine, insert, select

from releasegate.errors import Blocked, PolicyError, Refused
from releasegate.gate import Gate
from releasegate.model.draft import Draft
from releasegate.policy.absence import absences
from releasegate.policy.policy import Policy
from releasegate.store import tables
from releasegate.store.ed25519 import Key, make_key
from releasegate.store.log import link
from releasegate.testing import Case, judge
from tests.building import PEOPLE, RULES, Bench, make_bench, make_gate, submitted, written
from tests.cli import MAIL, TEAM, Terminal
from tests.cli import PEOPLE as READERS

SIGNED = RULES.replace("approvers = 1", 'approvers = 1\nauth = "signed"')


@dataclass
class Office:
    """A gate that asks for keys; ben, chie and dai have one."""

    bench: Bench
    keys: dict[str, Key]
    people: str

    @property
    def gate(self) -> Gate:
        return self.bench.gate

    def token(
        self, step: Literal["confirm", "approve"], by: str, note: str, draft: str = "d1", *, change: dict[str, Any] | None = None
    ) -> str:
        """What this person's key signs; `change` is what a forger puts in its place."""
        consent = replace(self.gate.consent(draft, step, by=by, note=note), **(change or {}))
        return consent.token(self.keys[by].sign(consent.statement()))

    def confirm(self, draft: str = "d1") -> Draft:
        token = self.token("confirm", "ben", "Names are right.", draft)
        return self.gate.confirm(draft, digest=self.gate.draft(draft).digest, by="ben", note="Names are right.", signature=token)

    def approve(self, token: str, draft: str = "d1", by: str = "chie", note: str = "Read twice.") -> Draft:
        return self.gate.approve(draft, digest=self.gate.draft(draft).digest, by=by, note=note, signature=token)


def with_keys(keys: dict[str, Key]) -> str:
    """The usual people, each with their public key."""
    told = PEOPLE
    for name, key in keys.items():
        start = told.index(f"{name} ")
        end = told.index(" }", start)
        told = f'{told[:end]}, keys = ["{key.public}"]{told[end:]}'
    return told


@pytest.fixture
def office(store_url: str, tmp_path: Path) -> Iterator[Office]:
    yield from _office(store_url, tmp_path)


@pytest.fixture
def lite(sqlite_url: str, tmp_path: Path) -> Iterator[Office]:
    """The same where the database makes no difference."""
    yield from _office(sqlite_url, tmp_path)


def _office(store_url: str, tmp_path: Path) -> Iterator[Office]:
    keys = {name: make_key(tmp_path / name) for name in ("ben", "chie", "dai")}
    people = with_keys(keys)
    made = Office(make_bench(store_url, rules=SIGNED, people=people), keys, people)
    submitted(made.gate)
    yield made
    made.gate.close()


def test_a_draft_leaves_with_signatures_by_key(office: Office) -> None:
    office.confirm()
    office.approve(office.token("approve", "chie", "Read twice."))

    assert 1 == office.gate.send("d1", by="mailer").sent
    assert ["signed", "signed"] == [each.auth for each in office.gate.history("d1") if each.kind in ("confirm", "approve")]
    assert office.gate.verify().sound


def test_without_a_key_nobody_is_taken_where_all_asks_for_one(lite: Office) -> None:
    with pytest.raises(Refused, match="signs this with a key") as refused:
        lite.gate.confirm("d1", digest=lite.gate.draft("d1").digest, by="ben", note="Right.")
    assert "signature-needed" == refused.value.code


FORGED: dict[str, Callable[[Office], dict[str, object]]] = {
    "another store": lambda office: {"store": "0" * 32},
    "another draft": lambda office: {"draft": "d2"},
    "another round": lambda office: {"round": 2},
    "another text": lambda office: {"digest": office.gate.draft("d2").digest},
    "another step": lambda office: {"action": "confirm"},
    "other rules": lambda office: {"rules": "0" * 64},
    "another person": lambda office: {"by": "dai"},
    "other words": lambda office: {"said": "0" * 64},
}


@pytest.mark.parametrize("what", FORGED)
def test_f126_f127_a_signature_of_something_else_is_refused(lite: Office, what: str) -> None:
    written(lite.gate, "d2", "Another text.")
    lite.confirm()
    token = lite.token("approve", "chie", "Read twice.", change=FORGED[what](lite))

    with pytest.raises(Refused, match="This is no signature of Tanaka Chie under this text of d1") as refused:
        lite.approve(token)
    assert "signature-wrong" == refused.value.code


@pytest.mark.parametrize(
    "bend", [lambda token: "", lambda token: "." + token.partition(".")[2], lambda token: token[:-8] + "AAAAAAA=", str.upper]
)
def test_a_bent_token_is_refused(lite: Office, bend: Callable[[str], str]) -> None:
    lite.confirm()

    with pytest.raises(Refused):
        lite.approve(bend(lite.token("approve", "chie", "Read twice.")))


def test_somebody_elses_key_is_refused(lite: Office) -> None:
    lite.confirm()
    consent = lite.gate.consent("d1", "approve", by="chie", note="Read twice.")

    with pytest.raises(Refused):
        lite.approve(consent.token(lite.keys["dai"].sign(consent.statement())))


def test_f128_a_signature_counts_once(office: Office) -> None:
    """Taken back is taken back: the same signature does not come again, a new one does."""
    office.confirm()
    token = office.token("approve", "chie", "Read twice.")
    digest = office.approve(token).digest
    office.gate.revoke("d1", digest=digest, by="chie", note="A doubt.")

    with pytest.raises(Refused, match="was given before") as refused:
        office.approve(token)
    assert "signature-used" == refused.value.code
    office.approve(office.token("approve", "chie", "Read twice."))
    assert 1 == office.gate.send("d1", by="mailer").sent


def append(url: str, kind: str, change: Callable[[dict[str, Any]], None], *, draft: str = "d1", like: str = "") -> None:
    """A row that fits, written by somebody who holds the store: the last event of that kind once more, changed."""
    engine = create_engine(url)
    with engine.begin() as connection:
        rows = connection.execute(select(tables.events).order_by(tables.events.c.position)).all()
        bodies = [orjson.loads(row.body) for row in rows]
        body = next(each for each in reversed(bodies) if each["kind"] == kind and each["draft"] == (like or draft))
        last = next(each for each in reversed(bodies) if each["draft"] == draft)
        body |= {"position": len(rows) + 1, "seq": last["seq"] + 1, "draft": draft, "memo": ""} | {
            name: last[name] for name in ("round", "digest", "at")
        }
        body["data"] |= {"to": "approved"}
        change(body)
        data = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
        head = link(rows[-1].hash, data)
        values = {"position": body["position"], "draft_id": draft, "seq": body["seq"], "kind": body["kind"], "body": data, "hash": head}
        connection.execute(insert(tables.events), [values])
        connection.execute(tables.chain.update().values(position=body["position"], head=head))
        connection.execute(tables.drafts.update().where(tables.drafts.c.id == draft).values(seq=body["seq"], state="approved"))
    engine.dispose()


def unsendable(office: Office, draft: str = "d1") -> frozenset[str]:
    """Why it does not leave."""
    with pytest.raises(Blocked):
        office.gate.send(draft, by="mailer")
    assert [] == office.bench.outbox.got
    return office.gate.decide(draft).blocked_by


def test_r07_f126_an_approval_that_somebody_wrote_into_the_store_does_not_count(office: Office, store_url: str) -> None:
    """The row fits, the chain fits; what no key of Chie's signed is not hers."""
    office.confirm()

    def forge(body: dict[str, Any]) -> None:
        body |= {"actor": "chie", "kind": "approve"}

    append(store_url, "confirm", forge)
    append(store_url, "confirm", lambda body: body.update(actor="dai"))
    assert "two pairs of eyes" in unsendable(office)


def test_f126_an_insiders_own_key_makes_nobody_elses_approval(office: Office, store_url: str) -> None:
    """Ben holds the store and a key: he signs what Chie would have signed, and writes it under her name."""
    office.confirm()
    consent = office.gate.consent("d1", "approve", by="chie", note="Read twice.")
    proof = {"proof": consent.token(office.keys["ben"].sign(consent.statement())), "said": consent.said}
    append(store_url, "confirm", lambda body: body.update(actor="chie", kind="approve", data=body["data"] | proof))

    assert "two pairs of eyes" in unsendable(office)


def test_f127_an_approval_copied_from_another_draft_does_not_count(office: Office, store_url: str) -> None:
    submitted(office.gate, "d2", "Another text.")
    office.confirm("d2")
    office.approve(office.token("approve", "chie", "Read twice.", "d2"), "d2")
    office.confirm()
    append(store_url, "approve", lambda body: None, like="d2")

    assert "two pairs of eyes" in unsendable(office)


def test_f128_an_approval_that_was_taken_back_and_is_played_again_does_not_count(office: Office, store_url: str) -> None:
    office.confirm()
    digest = office.approve(office.token("approve", "chie", "Read twice.")).digest
    office.gate.revoke("d1", digest=digest, by="chie", note="A doubt.")
    append(store_url, "approve", lambda body: None)

    assert "two pairs of eyes" in unsendable(office)


def test_a_key_that_was_taken_out_of_the_directory_signs_nothing_any_more(office: Office, store_url: str) -> None:
    """At once, as a right that is taken away."""
    office.confirm()
    office.approve(office.token("approve", "chie", "Read twice."))
    assert office.gate.decide("d1")
    fewer = with_keys({name: key for name, key in office.keys.items() if name != "chie"})
    policy = Policy.parse(f"version = 1\n{fewer}\n{SIGNED}")
    office.gate.adopt(policy, by="dai", note="Chie lost her laptop.")
    office.gate.adopt(policy, by="ben", note="Chie lost her laptop.")

    gate = make_gate(store_url, rules=SIGNED, people=fewer, clock=office.bench.clock)
    decision = gate.decide("d1")
    assert {"two pairs of eyes"} <= decision.blocked_by
    assert "1 was given without a key, and does not count here." in decision.explain()
    assert ("dai",) == next(each.who for each in decision.blockers if each.code == "approval-missing")
    gate.close()


def test_where_one_requirement_asks_a_plain_yes_counts_for_the_other(sqlite_url: str, tmp_path: Path) -> None:
    keys = {"chie": make_key(tmp_path / "chie")}
    rules = RULES + '\n[[requirement]]\nname = "by key"\napprovers = 1\nauth = "signed"\n'
    bench = make_bench(sqlite_url, rules=rules, people=with_keys(keys))
    digest = submitted(bench.gate).digest
    bench.gate.confirm("d1", digest=digest, by="ben", note="Right.")
    bench.gate.approve("d1", digest=digest, by="dai", note="Yes.")

    assert {"by key"} == bench.gate.decide("d1").blocked_by
    consent = bench.gate.consent("d1", "approve", by="chie", note="Yes.")
    bench.gate.approve("d1", digest=digest, by="chie", note="Yes.", signature=consent.token(keys["chie"].sign(consent.statement())))
    assert bench.gate.decide("d1")


def test_who_has_no_key_is_missed_before_the_first_day(tmp_path: Path) -> None:
    """`submit` says that nobody could sign, and `policy check` whose absence shuts the gate."""
    people = with_keys({name: make_key(tmp_path / name) for name in ("ben", "chie")})
    policy = Policy.parse(f"version = 1\n{people}\n{SIGNED}")
    assert {("ben",), ("chie",)} <= {gap.away for gap in absences(policy) if gap.author == "akari"}

    gate = make_gate(f"sqlite:///{tmp_path / 'store.db'}", rules=SIGNED)
    written(gate)
    with pytest.raises(Refused, match="two pairs of eyes"):
        gate.submit("d1", by="akari", note="Please.")
    gate.close()


@pytest.mark.parametrize("line", ["waivable_by = { approvers = 1 }", 'keep_on = ["schedule.later"]', 'auth = "session"'])
def test_what_would_go_round_a_key_does_not_load(line: str) -> None:
    rules = SIGNED.replace('auth = "signed"', line) if "session" in line else f"{SIGNED}{line}\n"

    with pytest.raises(PolicyError):
        Policy.parse(f"version = 1\n{PEOPLE}\n{rules}")


def test_rules_that_ask_for_no_key_keep_their_digest() -> None:
    """Those of every store from before."""
    plain, signed = (Policy.parse(f"version = 1\n{PEOPLE}\n{rules}") for rules in (RULES, SIGNED))

    assert b"auth" not in plain.rules_text()
    assert plain.rules != signed.rules == Policy.from_dict(signed.to_dict()).rules


def test_a_case_of_a_policy_test_signs_with_keys(tmp_path: Path) -> None:
    """Whether people have their keys at hand is nothing that a policy can say."""
    people = with_keys({name: make_key(tmp_path / name) for name in ("ben", "chie")})
    policy = Policy.parse(f"version = 1\n{people}\n{SIGNED}")

    assert judge(policy, Case("signed", "news", by=("akari",), confirmed=("ben",), approved=("chie",)))


def test_from_the_command_line(terminal: Terminal) -> None:
    public = {name: terminal.ok("key", f"{name}.key").strip() for name in ("ben", "chie")}
    team = TEAM.replace("approvers = 1", 'approvers = 1\nauth = "signed"')
    for name, key in public.items():
        team = team.replace(f'"os:{name}"]', f'"os:{name}"], keys = ["{key}"]')
    for name, words in {"releasegate.toml": team, "july.txt": MAIL.replace("To: list\n", ""), "people.csv": READERS}.items():
        terminal.write(name, words)
    terminal.login = "akari"
    terminal.ok("write", "july", "july.txt", "--channel", "newsletter", "--to", "people.csv")
    terminal.ok("submit", "july", "-m", "Please.")
    terminal.login = "ben"
    seen = terminal("confirm", "july", "--digest", _digest(terminal), "-m", "Right.")
    assert (4, True) == (seen.code, "signs this with a key" in seen.err)
    terminal.ok("confirm", "july", "--digest", _digest(terminal), "-m", "Right.", "--key", "ben.key")
    terminal.login = "chie"
    seen = terminal("--lang", "ja", "approve", "july", "--digest", _digest(terminal), "-m", "Yes.", "--key", "ben.key")
    assert (4, True) == (seen.code, "のものではありません" in seen.err)
    terminal.ok("approve", "july", "--digest", _digest(terminal), "-m", "Yes.", "--key", "chie.key")
    terminal.login = "mailer"
    assert "Sent: 2 of 2" in terminal.ok("send", "july")


def _digest(terminal: Terminal) -> str:
    digest: str = orjson.loads(terminal("show", "july", "--json").out)["digest"]
    return digest
