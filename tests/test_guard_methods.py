"""Any other client: the methods that its owner names, and functions, send nothing past the gate."""

import asyncio
import copy
import inspect
import math
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, assert_type

import pytest

from releasegate.errors import Blocked, GuardError
from releasegate.gate import Gate
from tests.guarding import lanes_gate, stopped

SENT: list[object] = []


class Poster:
    """A client of some provider."""

    kind = "poster"

    def __init__(self, account: str = "museum") -> None:
        self.account = account

    def send(self, text: str, to: Iterable[str] = ()) -> str:
        """Send it."""
        SENT.append((self.account, text, list(to)))
        return "sent"

    async def post(self, text: str, to: Iterable[str] = ()) -> str:
        """Post it."""
        return self.send(text, to)

    @staticmethod
    def shout(text: str, to: Iterable[str] = ()) -> str:
        return Poster().send(text, to)

    @classmethod
    def cry(cls, text: str, to: Iterable[str] = ()) -> str:
        return cls.look(cls(), text, to)

    def look(self, *_: object) -> str:
        """Sends nothing."""
        return self.account


class Slotted:
    __slots__ = ("account",)

    def send(self, *_: object) -> None:
        SENT.append(self)


@dataclass(frozen=True)
class Frozen:
    account: str = "museum"

    def send(self, *_: object) -> None:
        SENT.append(self)


class Bringing:
    """Its method is made with it."""

    def __init__(self) -> None:
        self.send = SENT.append


class Making:
    """Its methods are made when they are asked for."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args: SENT.append((name, args))


@pytest.fixture(autouse=True)
def nothing_sent() -> None:
    SENT.clear()


@pytest.fixture
def gate(sqlite_url: str) -> Gate:
    return lanes_gate(sqlite_url)


def first_list(text: str, to: Iterable[str] = ()) -> int:
    """How many recipients a call of Poster has."""
    return len(list(to))


@pytest.mark.parametrize("client", [Poster(), Slotted(), Frozen(), Bringing(), Making()], ids=lambda client: type(client).__name__)
def test_t28_a_named_method_raises_and_never_answers(gate: Gate, client: Any) -> None:  # noqa: ANN401  # clients of every kind
    """Called on the object, fetched off its class, and of a copy."""
    locked = gate.guard(copy.copy(client), channel="news", methods=["send"])

    assert ["past-the-gate"] * 3 == [
        stopped(lambda: locked.send("Hello")),
        stopped(lambda: type(locked).send(locked, "Hello")) if not isinstance(client, Bringing | Making) else "past-the-gate",
        stopped(lambda: copy.copy(locked).send("Hello")),
    ]
    assert ([], True) == (SENT, isinstance(locked, type(client)))


def test_an_object_is_locked_itself_and_its_other_methods_go_on(gate: Gate) -> None:
    """Who had it already has it locked."""
    client = Poster()

    assert client is gate.guard(client, channel="news", methods=["send", "post"])
    assert ("museum", "poster") == (client.look(), client.kind)
    assert "past-the-gate" == stopped(lambda: client.send("Hello"))


def test_a_class_gives_a_subclass_and_stays_as_it_is(gate: Gate) -> None:
    """Whatever kind of method it is."""
    kind = gate.guard(Poster, channel="news", methods=["send", "post", "shout", "cry"])
    calls: list[Callable[..., object]] = [
        kind("x").send,
        kind("x").shout,
        kind("x").cry,
        kind.shout,
        kind.cry,
        partial(kind.send, kind("x")),
    ]

    assert ["past-the-gate"] * 6 == [stopped(partial(call, "Hello")) for call in calls]
    assert ([], "sent", "museum") == (SENT.copy(), Poster().send("Hello"), Poster.cry("Hello"))
    assert_type(kind, type[Poster])


def test_r35_an_awaited_method_raises_when_awaited(gate: Gate) -> None:
    """It is still a coroutine function, for those who look."""
    locked = gate.guard(Poster(), channel="news", methods=["post"])

    assert inspect.iscoroutinefunction(locked.post)
    assert "past-the-gate" == stopped(lambda: asyncio.run(locked.post("Hello")))
    assert [] == SENT


def test_a_function_gives_one_that_raises(gate: Gate) -> None:
    """A plain one, a bound one, a partial one, an awaited one; by its own name."""

    def send(text: str) -> str:
        """Send it."""
        return text

    async def post(text: str) -> str:
        return text

    locked, waited = gate.guard(send, channel="news"), gate.guard(post, channel="news")
    assert ["past-the-gate"] * 4 == [
        stopped(lambda: locked("Hello")),
        stopped(lambda: asyncio.run(waited("Hello"))),
        stopped(partial(gate.guard(Poster().send, channel="news"), "Hello")),
        stopped(gate.guard(partial(send, "Hello"), channel="news")),
    ]
    assert ("send", "Send it.", "Hello") == (locked.__name__, locked.__doc__, send("Hello"))


def test_a_method_put_back_later_is_held_all_the_same(gate: Gate) -> None:
    """By an instrument, or by the client itself."""
    client = gate.guard(Poster(), channel="news", methods=["send"])
    client.send = SENT.append  # type: ignore[method-assign, assignment]  # as instruments do

    assert ("past-the-gate", []) == (stopped(lambda: client.send("Hello")), SENT)


def test_r37_a_few_recipients_pass_where_they_are_counted(gate: Gate) -> None:
    """Of an object, a class, a function; what it answers is its own."""
    locked: Any = gate.guard(Poster(), channel="system", methods=["send", "shout"], count=first_list)
    kind: Any = gate.guard(Poster, channel="system", methods=["send", "shout", "cry"], count=first_list)
    function = gate.guard(Poster("f").send, channel="system", count=first_list)
    calls = [locked.send, locked.shout, kind("k").send, kind.shout, kind.cry, partial(kind.send, kind("k")), function]

    assert ["sent", "sent", "sent", "sent", "museum", "sent", "sent"] == [call("Hello", ["a", "b", "c"]) for call in calls]
    assert ["lane-too-wide"] * 7 == [stopped(partial(call, "Hello", ["a", "b", "c", "d"])) for call in calls]
    assert 6 == len(SENT)


def test_t29_what_is_counted_is_what_is_handed_on(gate: Gate) -> None:
    """Given by place or by name."""
    locked = gate.guard(Poster(), channel="system", methods=["send"], count=first_list)
    many = ["a", "b", "c", "d"]

    assert ["lane-too-wide"] * 2 == [stopped(lambda: locked.send("Hello", many)), stopped(lambda: locked.send(to=many, text="Hello"))]
    assert "sent" == locked.send(text="Hello", to=["a"])
    assert [("museum", "Hello", ["a"])] == SENT


def test_r35_an_awaited_call_is_counted_outside_the_event_loop(gate: Gate) -> None:
    """What reads the store keeps nobody waiting."""
    threads = []

    def count(text: str, to: list[str]) -> int:
        threads.append(threading.current_thread())
        return len(to)

    locked = gate.guard(Poster(), channel="system", methods=["post"], count=count)

    assert "sent" == asyncio.run(locked.post("Hello", ["a"]))
    assert "lane-too-wide" == stopped(lambda: asyncio.run(locked.post("Hello", ["a"] * 4)))
    assert [threading.main_thread()] * 2 != threads
    assert 1 == len(SENT)


@pytest.mark.parametrize("answer", [0, -1, True, None, "3", 2.0, math.nan])
def test_what_is_no_number_of_recipients_lets_nothing_pass(gate: Gate, answer: object) -> None:
    locked = gate.guard(Poster(), channel="system", methods=["send"], count=lambda *_: answer)  # type: ignore[arg-type]  # on purpose

    assert ("lane-uncounted", []) == (stopped(lambda: locked.send("Hello")), SENT)


def test_a_count_that_fails_lets_nothing_pass_and_says_why(gate: Gate) -> None:
    locked = gate.guard(Poster(), channel="system", methods=["send"], count=lambda _: 1)

    with pytest.raises(Blocked, match="cannot be told: TypeError") as caught:
        locked.send("Hello", ["a"])
    assert isinstance(caught.value.__cause__, TypeError)


def test_nobody_can_count_nothing_is_guarded(gate: Gate) -> None:
    """By an ungated channel it must be said how."""
    with pytest.raises(GuardError, match="Give count="):
        gate.guard(Poster(), channel="system", methods=["send"])
    with pytest.raises(GuardError, match="Give count="):
        gate.guard(len, channel="system")


class Own:
    """Looks its methods up by itself."""

    def __getattribute__(self, name: str) -> object:
        return SENT.append if name == "send" else object.__getattribute__(self, name)


class Closed:
    """Lets nobody derive from it."""

    def __init_subclass__(cls) -> None:
        raise TypeError("closed")

    def send(self) -> None:
        """Send."""


class Pretending(Poster):
    """As mocks do."""

    __class__ = property(lambda _: Poster)


UNHOLDABLE = [
    (Poster(), [], r"which methods of Poster send\. Name them"),
    (Poster, [], r"which methods of Poster send\."),
    (Poster(), ["sned"], r"Poster has no method 'sned'; did you mean 'send'\?"),
    (Poster(), ["mail.send.post"], "no method 'mail.send.post'"),
    (Poster(), ["kind"], "no method 'kind'"),
    (Poster(), "send", "methods='send' is one name"),
    (len, ["send"], "a function has no methods"),
    (asyncio, ["run"], "a module belongs to the whole process"),
    ([1], ["append"], r"an object of list cannot be held: .*Guard its class before it is made"),
    (Own(), ["send"], "a way of its own"),
    (Closed(), ["send"], "closed"),
    (Closed, ["send"], "closed"),
    (bool, ["bit_length"], "cannot be held"),
    (Pretending(), ["send"], "Pretending cannot be held"),
]


@pytest.mark.parametrize(("client", "methods", "why"), UNHOLDABLE)
def test_what_cannot_be_held_is_refused_and_left_as_it_was(gate: Gate, client: Any, methods: Any, why: str) -> None:  # noqa: ANN401  # clients of every kind
    """With what is in the way and what to give instead; a half-guarded client would be trusted."""
    before = type(client)

    with pytest.raises(GuardError, match=rf"\ANot guarded: .*{why}"):
        gate.guard(client, channel="news", methods=methods)
    assert before is type(client)


def test_a_metaclass_with_a_way_of_its_own_is_refused(gate: Gate) -> None:
    class Meta(type):
        def __getattribute__(cls, name: str) -> object:
            return SENT.append if name == "send" else type.__getattribute__(cls, name)

    class Strange(metaclass=Meta):
        def send(self) -> None:
            """Send."""

    with pytest.raises(GuardError, match="a way of its own"):
        gate.guard(Strange, channel="news", methods=["send"])


def test_a_call_of_the_object_itself_can_be_held(gate: Gate) -> None:
    @dataclass
    class Hook:
        seen: list[str] = field(default_factory=list)

        def __call__(self, text: str) -> None:
            self.seen.append(text)

    locked = gate.guard(Hook(), channel="news", methods=["__call__"])

    assert ("past-the-gate", []) == (stopped(lambda: locked("Hello")), locked.seen)


def test_guarded_twice_both_guards_count(gate: Gate) -> None:
    """No second guard opens the first one."""
    locked = gate.guard(gate.guard(Poster(), channel="news", methods=["send"]), channel="system", methods=["send"], count=first_list)

    assert ("past-the-gate", []) == (stopped(lambda: locked.send("Hello", ["a"])), SENT)
