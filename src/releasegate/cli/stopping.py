"""`hold` and `hold-channel`: read by hand, run with nothing but the store: no broken policy stops them, no slow import delays them."""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from releasegate.cli import login
from releasegate.cli.config import FILE, Config, language, read_config
from releasegate.cli.exits import Exit
from releasegate.messages.words import Words

if TYPE_CHECKING:
    from releasegate.holding import Stop
    from releasegate.model.report import HoldAnswer

VERBS = ("hold", "hold-channel")
_GLOBAL = {"--config": "config", "--store": "store", "--lang": "lang", "--as": "acting"}
_LONGEST = 1000
_OPTIONS = {**_GLOBAL, "-m": "note", "--note": "note"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked for on the command line."""

    verb: str
    what: str = ""
    note: str = ""
    config: str = ""
    store: str = ""
    lang: str = ""
    acting: str = ""
    json: bool = False


class _Unclear(Exception):
    """The call cannot be read."""


class _NoneOpen(Exception):
    """No open draft leaves by that channel; `ways` are those by which some do."""

    def __init__(self, ways: tuple[str, ...]) -> None:
        super().__init__()
        self.ways = ways


def is_meant(arguments: Sequence[str]) -> bool:
    """The first word that is neither an option nor its value is `hold` or `hold-channel`, and nobody asks for help."""
    rest = list(arguments)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option in _GLOBAL and rest:
            rest.pop(0)
    return bool(rest) and rest[0] in VERBS and "--help" not in rest


def run(arguments: Sequence[str]) -> int:
    """Place the hold: 0 only where nothing leaves from now on, 5 where that is not certain, 2 for an id that names no draft."""
    from releasegate.cli.tongue import asked_json

    try:
        asked = read(arguments)
    except _Unclear as error:
        return _fail(_unclear(error, arguments), Exit.USAGE, "usage", as_json=asked_json(arguments))
    return place(asked)


def _unclear(error: _Unclear, arguments: Sequence[str]) -> str:
    """Nothing is held; what in the call cannot be read; and how it is meant to be."""
    from releasegate import messages
    from releasegate.cli.tongue import asked_language

    lang = asked_language(arguments)
    told = messages.Voice(lang=lang).say("cli.hold-nothing", reason=messages.told(error.args[0], lang))
    return f"{told}\n{messages.told(Words('Usage: releasegate hold ID [-m NOTE]'), lang)}"


def read(arguments: Sequence[str]) -> Asked:
    """The call, read by hand."""
    found: dict[str, str] = {}
    words: list[str] = []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if name in _OPTIONS:
            if not equals and not rest:
                message = Words("{name} needs a value.", name=name)
                raise _Unclear(message)
            found[_OPTIONS[name]] = value if equals else rest.pop(0)
        elif word == "--json":
            found["json"] = "yes"
        elif word.startswith("-"):
            message = Words("There is no option {word!r}.", word=word)
            raise _Unclear(message)
        else:
            words.append(word)
    if len(words) != 2:  # noqa: PLR2004 - the verb and what to hold
        message = (
            Words("What is {word!r}?", word=words[2]) if words[2:] else Words("Name one draft to hold, such as: releasegate hold 2026-07")
        )
        raise _Unclear(message)
    more = {key: value for key, value in found.items() if key != "json"}
    return Asked(verb=words[0], what=words[1], json="json" in found, **more)


def place(asked: Asked) -> int:
    """Open the store for nothing but this, and say how certain the stop is."""
    from releasegate import messages
    from releasegate.cli.faults import reason
    from releasegate.errors import HoldNotPlaced, NotFound

    config = read_config(asked.config or os.environ.get("RELEASEGATE_CONFIG") or FILE)
    lang = language(asked.lang or os.environ.get("RELEASEGATE_LANG", ""), config)
    try:
        answers = _hold(asked, config)
    except _NoneOpen as none:
        ways = messages.text("list.between", lang).join(none.ways)
        return _fail(messages.text("cli.hold-none-open", lang, channel=asked.what, open=ways), Exit.HELD, "none-open", as_json=asked.json)
    except NotFound as error:
        return _fail(messages.text("cli.hold-nothing", lang, reason=reason(error, lang)), Exit.USAGE, "not-found", as_json=asked.json)
    except Exception as error:  # noqa: BLE001 - whatever it was: it is not certainly held, and that must be said
        why = messages.told(error.reason, lang) if isinstance(error, HoldNotPlaced) else reason(error, lang)
        said = messages.plain(why.rstrip(".。"), most=_LONGEST)  # whole: how to mend it stands at its end
        told = messages.Voice(lang=lang).say("cli.not-held", id=messages.plain(asked.what), reason=said)
        return _fail(told, Exit.HELD, "not-held", as_json=asked.json)
    try:
        _tell(answers, asked, lang)
    except OSError:  # nobody reads it, or there is no room: what was answered stands, and the exit code says it
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left in the buffer fails no more at the end
    if config.anchored:
        _anchor(asked, config, lang)
    return Exit.DONE if all(answers) else Exit.HELD


def _anchor(asked: Asked, config: Config, lang: str) -> None:
    """Anchor what was answered, after it was answered. Whatever goes wrong here changes nothing of that: it is only told."""
    from releasegate import messages
    from releasegate.anchoring import Anchors
    from releasegate.cli.faults import reason
    from releasegate.policy.policy import Policy
    from releasegate.store.store import open_for_hold

    try:
        policy = Policy.load(config.path)
        store = open_for_hold(_where(asked, config))
        anchors = Anchors(store=store, rules=policy.anchors, folder=Path(policy.folder), failed=print)
        if anchors.mine:
            anchors.take()
        store.close()
    except Exception as error:  # noqa: BLE001 - the hold stands
        print(messages.text("alarm.anchor-failed", lang, error=messages.plain(reason(error, lang), most=_LONGEST)), file=sys.stderr)


def _where(asked: Asked, config: Config) -> str:
    return asked.store or os.environ.get("RELEASEGATE_STORE") or config.place


def _hold(asked: Asked, config: Config) -> "tuple[HoldAnswer, ...]":
    from releasegate import holding
    from releasegate.errors import StoreError
    from releasegate.store.store import open_for_hold

    where = _where(asked, config)
    if "://" not in where and not Path(where).exists():
        message = Words("there is no store at {where}; name it with --store, or the policy file with --config", where=where)
        raise StoreError(message)
    store = open_for_hold(where)
    try:
        stop = _stop(asked, config)
        if asked.verb == "hold":
            return _pressed((holding.hold(store, asked.what, stop),), asked)
        if answers := holding.hold_channel(store, asked.what, stop):
            return _pressed(answers, asked)
        raise _NoneOpen(holding.ways_out(store))
    finally:
        store.close()


def _pressed(answers: "tuple[HoldAnswer, ...]", asked: Asked) -> "tuple[HoldAnswer, ...]":
    """What is booked is asked for, as far as this process can, and the card says whom to phone. Whatever fails here, the holds stand."""
    from releasegate.model.state import HoldState

    each = [one for answer in answers for one in answer.drafts or (answer,)]
    if all(one.state not in {HoldState.PENDING, HoldState.UNKNOWN} for one in each):
        return answers
    from releasegate.cli.session import Given, Session

    given = Given(
        config=asked.config or os.environ.get("RELEASEGATE_CONFIG") or FILE,
        store=asked.store or os.environ.get("RELEASEGATE_STORE", ""),
        lang=asked.lang,
    )
    session = Session(given=given, json=asked.json)
    try:
        return tuple(session.gate.press(answer) for answer in answers)
    except Exception:  # noqa: BLE001 - a file that cannot be read, a store of a newer version: what was answered stands
        return answers
    finally:
        session.close()


def _stop(asked: Asked, config: Config) -> "Stop":
    """Anybody may hold: an account that leads to nobody is kept as it is, as unverified."""
    from releasegate.holding import Stop

    account = login.os_login()
    person = config.person(account)
    if config.mode == "demo":
        person = asked.acting or config.first_author()
    known = person in config.people
    return Stop(by=person if known else f"os:{account}", note=asked.note.strip()[:2000], unverified=not known)


def _tell(answers: "tuple[HoldAnswer, ...]", asked: Asked, lang: str) -> None:
    if asked.json:
        told = [answer.to_dict() for answer in answers]
        print(json.dumps(told[0] if asked.verb == "hold" else told, ensure_ascii=False, indent=2), flush=True)
        return
    for answer in answers:
        print(answer.explain(lang), flush=True)


def _fail(message: str, code: Exit, name: str, *, as_json: bool) -> int:
    """Not held, or not certainly: on stderr for people, on stdout for a script."""
    if as_json:
        told = {"held": False, "error": {"code": name, "message": message, "params": {}}, "exit": code}
        print(json.dumps(told, ensure_ascii=False, indent=2), flush=True)
    else:
        print(message, file=sys.stderr)
    return code
