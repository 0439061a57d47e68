"""One run of the command line: which file and store, in which language, who is asking, and the gate when it is needed."""

import sys
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from typing import NoReturn

import typer

from releasegate import messages
from releasegate.cli import login
from releasegate.cli.config import FILE, Config, language, read_config
from releasegate.cli.ended import Ended
from releasegate.cli.exits import Exit
from releasegate.decision.playing import player
from releasegate.errors import Refused
from releasegate.gate import Gate
from releasegate.messages.catalogue import known
from releasegate.model.alarm import Alarm
from releasegate.model.draft import Draft
from releasegate.policy.blanks import blank_names
from releasegate.policy.policy import Policy
from releasegate.store.rules import read as read_rules
from releasegate.store.store import open_store


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The options that stand before the verb."""

    config: str = FILE
    store: str = ""
    lang: str = ""
    acting: str = ""


@dataclass
class Session:
    """What the commands share. Nothing is opened before it is needed."""

    given: Given = field(default_factory=Given)
    json: bool = False  # a script reads what is said
    sending: str = ""  # the draft that is on its way out: what fails now may have left

    @cached_property
    def config(self) -> Config:
        """The file, read leniently: the language is known even where the rules are broken."""
        return read_config(self.given.config)

    @property
    def lang(self) -> str:
        """The language that this person reads."""
        return language(self.given.lang, self.config)

    @cached_property
    def policy(self) -> Policy:
        """The rules that this process brings."""
        return Policy.load(self.given.config)

    @cached_property
    def gate(self) -> Gate:
        """The gate that the file describes, on the store that was named."""
        from releasegate.channels.opening import open_channel

        folder, place = self.config.path.resolve().parent, self.given.store or self.config.place
        channels = {name: open_channel(rules, folder=folder) for name, rules in self.policy.channels.items() if rules.via}
        if self.policy.mode != "demo" and not blank_names(self.policy) and not self._in(self.policy) and not _has_rules(place):
            # The first gate on a store brings its rules: somebody whom they lack would have to wait until two others let them in.
            raise self._nobody()
        return Gate(place, policy=self.policy, channels=channels, alarm=self._tell)

    def _in(self, policy: Policy) -> str:
        """The id that these rules give to the account that is logged in; "" where it leads to nobody."""
        person = policy.people.resolve(f"os:{login.os_login()}")
        return person.id if person else ""

    def close(self) -> None:
        """Give the store's connections back."""
        if "gate" in self.__dict__:
            self.gate.close()

    @cached_property
    def me(self) -> str:
        """The id of whoever is asking: the account that is logged in; in a demo the first author, or the one that is played.

        Who that is, the rules in force say: a file of one's own that gives one's account to somebody else names nobody.
        """
        rules = self.gate.in_force()
        if rules.mode == self.policy.mode == "demo":
            return self._played()
        if self.given.acting:
            raise Refused(self.word("refused.demo-only", what="--as"), code="demo-only", params={"what": "--as"})
        if person := self._in(rules):
            return person
        raise self._nobody("adopt" if self._in(self.policy) else "")

    @property
    def reader(self) -> str:
        """`me`, or "" for somebody whom the rules do not know: whoever can open the store may read what is in it."""
        try:
            return self.me
        except Refused as refused:
            if refused.code != "nobody":
                raise
            return ""

    def _nobody(self, variant: str = "") -> Refused:
        params: dict[str, str | int] = {"account": login.os_login(), "file": self.given.config, "variant": variant}
        return Refused(self.word("cli.nobody", **params), code="nobody", params=params)

    def _played(self) -> str:
        if self.given.acting:
            person = self.policy.people.resolve(self.given.acting)
            return person.id if person is not None else self.given.acting
        return player(self.policy)

    def on(self, draft_id: str) -> str:
        """`me`, to act on this draft: in a demo only on one that goes into a folder, whatever store the file names."""
        me = self.me
        if self.policy.mode == "demo" and not self.gate.draft(draft_id).identity.startswith(("folder:", "manual:")):
            raise Refused(self.word("cli.demo-store"), code="demo-store", params={"what": draft_id})
        return me

    def zone(self, draft: Draft) -> str:
        """The zone that its people think in: the draft's own, else its channel's; UTC where neither has one."""
        rules = self.policy.channels.get(draft.channel)
        return draft.schedule.zone or (rules.zone if rules else "")

    def name(self, person: str) -> str:
        """The name by which people know this id."""
        found = self.policy.people.get(person)
        return found.name if found else person

    def word(self, code: str, /, **params: str | int) -> str:
        """The sentence for `code` in this person's language."""
        return messages.text(code, self.lang, **params)

    def reasons(self, names: Iterable[str]) -> str:
        """What it waits for, in a word or two each: requirements and checks by the names that people gave them."""
        said = sorted(names)
        return self.word("list.between").join(self.word(f"cli.why.{each}") if known(f"cli.why.{each}") else each for each in said)

    def say(self, code: str, /, **params: str | int) -> None:
        """Print the sentence for `code`."""
        print(self.word(f"cli.{code}", **params))

    def fail(self, message: str, code: Exit, **facts: object) -> NoReturn:
        """Say it where errors are said and end with this code; `facts` are for a script."""
        raise Ended(message, code, **facts)

    def end(self, code: Exit) -> NoReturn:
        """End with this code; what was to be said has been said."""
        raise typer.Exit(code)

    @property
    def is_at_terminal(self) -> bool:
        """Somebody sits there and can be asked; with --json a script does."""
        return not self.json and sys.stdin.isatty() and sys.stdout.isatty()

    def _tell(self, alarm: Alarm) -> None:
        print(f"{', '.join(self.name(each) for each in alarm.to)}: {alarm.explain(self.lang)}", file=sys.stderr)


def _has_rules(place: str) -> bool:
    """Somebody has opened this store before, and brought the rules that are in force."""
    with closing(open_store(place)) as store:
        return bool(store.look(read_rules).position)
