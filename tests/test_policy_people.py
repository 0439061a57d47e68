import base64
from collections.abc import Mapping
from typing import Any

import pytest

from releasegate.errors import PolicyError
from releasegate.model.state import Role
from releasegate.policy import People, Person, Policy
from releasegate.policy.blanks import blank_logins, blank_names
from releasegate.policy.keys import key_bytes

KEY = bytes(range(32))


def people(**tables: Mapping[str, object]) -> People:
    return Policy.from_dict({"version": 1, "people": tables}).people


def problems(**tables: Mapping[str, object]) -> tuple[str, ...]:
    with pytest.raises(PolicyError) as caught:
        people(**tables)
    return caught.value.problems


TEAM = people(
    akari={"roles": ["author", "checker"], "email": "akari@pr.example"},
    ben={"name": "Ben Ito", "email": "Ben@PR.example", "also": ["ben.ito@gmail.example", "os:ben"], "roles": ["checker"]},
    writer={"kind": "robot", "operator": "ben", "roles": ["author"], "email": "writer@pr.example"},
)


@pytest.mark.parametrize(
    "name", ["ben", "ben@pr.example", "BEN@pr.EXAMPLE", " ben@pr.example ", "ｂｅｎ@pr.example", "ben.ito@gmail.example", "OS:Ben"]
)
def test_id_address_and_alias_are_one_person(name: str) -> None:
    ben = TEAM.resolve(name)

    assert ben is not None
    assert ("ben", "Ben Ito") == (ben.id, ben.name)


@pytest.mark.parametrize("name", ["", "Ben", "ben ", "Ben Ito", "ben+2@pr.example", "pr.example", "0", 0, None, b"ben", ["ben"]])
def test_every_other_name_is_nobody(name: object) -> None:
    assert None is TEAM.resolve(name)


def test_a_robot_and_its_operator_are_one_pair_of_eyes() -> None:
    assert {"ben"} == {TEAM.eyes("writer"), TEAM.eyes("writer@pr.example"), TEAM.eyes("ben"), TEAM.eyes("ben.ito@gmail.example")}
    assert "akari" == TEAM.eyes("akari")


def test_a_name_may_have_five_hundred_letters_an_address_any_and_aliases_come_in_a_set() -> None:
    (ben,) = people(ben={"name": "x" * 500, "email": "Xaver@pr.exampleX"})
    also: Any = frozenset({"os:b", "os:a"})

    assert (500, "Xaver@pr.exampleX") == (len(ben.name), ben.email)
    assert ("os:a", "os:b") == Person(id="ben", also=also).also


def test_nobody_is_called_as_the_gate_is() -> None:
    assert ("policy [people].gate: 'gate' is what the log calls the gate itself; take another id",) == problems(gate={})


def test_an_unknown_name_stands_for_itself() -> None:
    assert "stranger@x.example" == TEAM.eyes("stranger@x.example")


def test_people_come_in_the_order_of_their_ids_by_role_and_by_kind() -> None:
    assert ["akari", "ben", "writer"] == [person.id for person in TEAM]
    assert 3 == len(TEAM)
    assert ["akari", "ben"] == [person.id for person in TEAM.humans]
    assert ["akari", "writer"] == [person.id for person in TEAM.with_role(Role.AUTHOR)]
    assert None is TEAM.get("ben@pr.example")
    assert TEAM.resolve("ben") is TEAM.get("ben")
    assert "People(akari, ben, writer)" == repr(TEAM)


def test_the_same_people_are_equal_whatever_the_order() -> None:
    assert TEAM == People(reversed(list(TEAM)))
    assert hash(TEAM) == hash(People(TEAM)) != hash(People())
    assert TEAM != People()
    assert TEAM != ["akari", "ben", "writer"]


def test_a_person_without_a_name_is_called_by_the_id() -> None:
    assert "akari" == Person(id="akari").name


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"email": "desk@pr.example"}, {"email": "Desk@pr.example"}),
        ({"email": "desk@pr.example"}, {"also": ["ＤＥＳＫ@pr.example"]}),
        ({"also": ["two"]}, {}),
        ({"also": ["TWO"]}, {}),
        ({"also": ["os:x"]}, {"also": ["x", "OS:X"]}),
        ({"keys": ["k1"]}, {"keys": ["k1"]}),
    ],
)
def test_a_name_or_a_key_of_two_people_is_an_error(first: dict[str, object], second: dict[str, object]) -> None:
    found = problems(one=first, two=second)

    assert 1 == len(found)
    assert found[0].startswith("policy [people].two: shares ")
    assert found[0].endswith(" with 'one'; each id, address, alias and key belongs to one person")


def test_two_people_with_one_id_are_an_error() -> None:
    with pytest.raises(PolicyError, match="shares the name 'ben' with 'ben'"):
        People([Person(id="ben"), Person(id="ben", name="Another")])


@pytest.mark.parametrize(
    "writing",
    [
        KEY.hex(),
        KEY.hex().upper(),
        base64.b64encode(KEY).decode(),
        base64.urlsafe_b64encode(KEY).decode().rstrip("="),
        "ed25519:" + base64.b64encode(KEY).decode(),
        " ".join([base64.b64encode(KEY).decode()[:20], base64.b64encode(KEY).decode()[20:]]),
        "ssh-ed25519 " + base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + KEY).decode() + " ben@laptop",
    ],
)
def test_one_key_in_another_writing_is_the_same_key(writing: str) -> None:
    plain = "key-1:" + base64.b64encode(KEY).decode()

    assert "policy [people].two: shares a key with 'one'; each id, address, alias and key belongs to one person" in problems(
        one={"keys": [plain]}, two={"keys": [writing]}
    )


OTHER = b"\xfb\xff\xbe" * 10 + b"\xfb\xff"  # with both signs in which the two alphabets differ


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("ssh-ed25519 AAAA", "ssh-ed25519 AAAA ben@laptop"),
        ("ecdsa-sha2-nistp256 AAAA ben", "ecdsa-sha2-nistp256 AAAA chie"),
        ("sk-ssh-ed25519@openssh.com AAAA ben", "sk-ssh-ed25519@openssh.com AAAA chie"),
        (base64.b64encode(OTHER).decode(), base64.urlsafe_b64encode(OTHER).decode()),
        (OTHER.hex(), base64.urlsafe_b64encode(OTHER).decode()),
    ],
)
def test_a_comment_and_an_alphabet_make_no_other_key(one: str, two: str) -> None:
    assert 1 == len(problems(one={"keys": [one]}, two={"keys": [two]}))


@pytest.mark.parametrize(("one", "two"), [("AAAA", "AA!AA"), ("ssh-ed25519", "ssh-ed25519 AAAA"), ("AAAA BBBB", "AAAA CCCC")])
def test_what_only_looks_like_the_same_key_is_another(one: str, two: str) -> None:
    assert 2 == len(people(one={"keys": [one]}, two={"keys": [two]}))


def test_other_keys_are_other_keys() -> None:
    other = base64.b64encode(KEY[::-1]).decode()

    assert 2 == len(people(one={"keys": [KEY.hex(), "not base64!"]}, two={"keys": [other, "not base64?"]}))


@pytest.mark.parametrize(
    ("table", "what"),
    [
        ({"kind": "robot"}, ": a robot needs an operator; name the human who answers for it"),
        ({"kind": "robot", "operator": "chi"}, ".operator: no person 'chi'; did you mean 'chie'?"),
        ({"kind": "robot", "operator": "r2"}, ".operator: 'r2' is a robot; name a human"),
        ({"kind": "robot", "operator": "x"}, ".operator: 'x' is a robot; name a human"),
        (
            {"kind": "robot", "operator": "chie", "roles": ["checker"]},
            ": a robot may write but never sign; take its roles 'checker' and 'approver' away",
        ),
        (
            {"kind": "robot", "operator": "chie", "roles": ["approver"]},
            ": a robot may write but never sign; take its roles 'checker' and 'approver' away",
        ),
        ({"operator": "chie"}, ": a human has no operator; take it away, or say kind = 'robot'"),
        ({"kind": "robt"}, ".kind: 'robt' does not fit; did you mean 'robot'?"),
        ({"roles": ["autor"]}, ".roles: unknown role 'autor'; did you mean 'author'?"),
        ({"roles": ["admin"]}, ".roles: unknown role 'admin'; known: approver, author, checker"),
        ({"roles": [1]}, ".roles: unknown role '1'; known: approver, author, checker"),
        ({"roles": "author"}, ".roles: 'author' does not fit; give a list of texts"),
        ({"deputy": "chei"}, ".deputy: no person 'chei'; did you mean 'chie'?"),
        ({"deputy": "r2"}, ".deputy: 'r2' is a robot; name a human"),
        ({"deputy": "x"}, ".deputy: nobody stands in for themselves; name somebody else"),
        ({"supervisor": "x"}, ".supervisor: nobody looks after themselves; name somebody else"),
        ({"email": "x.example"}, ".: "),
        ({"email": "@x.example"}, ".: "),
        ({"email": "a@b@c"}, ".: "),
        ({"email": "a b@c"}, ".: "),
        ({"phone": 12}, ".phone: 12 does not fit; give text in quotes"),
        ({"name": ""}, ".name: is empty, or has blanks around it; write it without"),
        ({"name": " Ben"}, ".name: is empty, or has blanks around it; write it without"),
        ({"name": "Ben\u202eevil"}, ".name: holds a line break or an invisible character; write one plain line"),
        ({"name": "x" * 501}, ".name: is longer than 500 characters; shorten it"),
        ({"also": "x@y"}, ".also: is one string; give a list: ['x@y']"),
        ({"also": ["a", "a"]}, ".also: names 'a' twice; name it once"),
        ({"also": [""]}, ".also.0: is empty, or has blanks around it; write it without"),
        ({"also": 3}, ".also: 3 does not fit; give a list of texts"),
        ({"id": "y"}, ": unknown key 'id'; did you mean 'kind'?"),
        ({"rols": []}, ": unknown key 'rols'; did you mean 'roles'?"),
    ],
)
def test_a_mistake_in_a_line_is_named_with_its_mend(table: dict[str, object], what: str) -> None:
    if what == ".: ":
        what = f": {table['email']!r} is no address; write it like 'name@example.com'"

    assert (f"policy [people].x{what}",) == problems(x=table, chie={}, r2={"kind": "robot", "operator": "chie"})


@pytest.mark.parametrize("person_id", ["Ben", "-ben", "", "ben@x", "ben ito", "bén", "x" * 101])
def test_an_id_that_is_none_is_refused(person_id: str) -> None:
    assert any(".id: " in problem and "is no id; use a-z" in problem for problem in problems(**{person_id: {"name": "Ben"}}))


def test_an_operator_who_could_not_be_read_is_not_reported_twice() -> None:
    found = problems(akari={"phone": 1}, writer={"kind": "robot", "operator": "akari"})

    assert ("policy [people].akari.phone: 1 does not fit; give text in quotes",) == found


def test_a_person_is_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        setattr(Person(id="ben"), "name", "Eve")  # noqa: B010 - a plain assignment is what type checkers refuse already


def test_what_a_template_left_to_be_filled_in_is_named() -> None:
    team = Policy.from_dict(
        {
            "version": 1,
            "people": {
                "akari": {"name": "Akari Sato", "roles": ["author"], "also": ["os:LOGIN-1", "os:akari"]},
                "ben": {"name": "NAME OF A COLLEAGUE", "roles": ["checker"], "also": ["os:ben", "os:LOGIN-2"]},
                "chie": {"name": "ここに名前", "roles": ["approver"]},
            },
        }
    )

    assert [
        "[people].ben: still says 'NAME OF A COLLEAGUE'; put in the names and logins of your team first",
        "[people].chie: still says 'ここに名前'; put in the names and logins of your team first",
    ] == blank_names(team)
    assert [
        "[people].akari: still says 'os:LOGIN-1'; put in their login, or take it away",
        "[people].ben: still says 'os:LOGIN-2'; put in their login, or take it away",
    ] == list(blank_logins(team))


def test_a_key_is_read_to_its_last_sign() -> None:
    key = bytes(31) + b"\x17"
    written = base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + key).decode()

    assert ("X", key) == (written[-1], key_bytes(f"ssh-ed25519 {written}"))
