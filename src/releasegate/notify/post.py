"""Telling people: by mail each of them, by apprise the teams; told is what somebody has taken."""

import uuid
from dataclasses import dataclass

from releasegate.diary import diary
from releasegate.errors import GateError
from releasegate.messages.words import Words
from releasegate.model.alarm import Alarm
from releasegate.model.parcel import Receipt
from releasegate.notify import teams
from releasegate.notify.letters import body, letter, subject
from releasegate.notify.secrets import read_secrets
from releasegate.policy.person import Person
from releasegate.policy.policy import Policy
from releasegate.protocols import Channel

_AMONG_FEW = frozenset({"answer", "carried", "decline", "item-due", "question", "remind", "still"})
"""What concerns those who are asked, and no team: it goes to a team only where nobody could be reached by mail."""


class NotTold(GateError):
    """Nobody could be told: no address, no way out, or the way out did not take it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """The gate's own way to people: an alarm goes in; NotTold comes out where nobody was reached. It never goes to anybody but people of
    the directory and the teams of `[gate] alarm`, and never by the client of a gated channel.
    """  # noqa: D205 - one promise

    policy: Policy
    client: Channel | None = None

    def __call__(self, alarm: Alarm) -> None:
        """Tell these people."""
        people = [person for name in alarm.to if (person := self._human(name)) is not None]
        try:
            mailed = [person.id for person in people if self._mail(alarm, person)]
        finally:
            hang_up(self.client)
        loud = alarm.code not in _AMONG_FEW or not mailed
        if not mailed and not (loud and self._teams(alarm)):
            message = Words("{code}: nobody could be told of it ({to})", code=alarm.code, to=", ".join(alarm.to))
            raise NotTold(message)
        if mailed and loud:
            self._teams(alarm)

    def _human(self, name: str) -> Person | None:
        """Who reads it: of a robot its operator."""
        return self.policy.people.get(self.policy.people.eyes(name))

    def _mail(self, alarm: Alarm, person: Person) -> bool:
        """Whether the way out took a mail to this person."""
        if self.client is None or not person.email:
            return False
        lang = person.lang or self.policy.lang
        try:
            (parcel,) = self.client.seal(letter(alarm, person, sender=self.policy.mail_from, lang=lang))
            answer = self.client.send(parcel, key=uuid.uuid4().hex)
        except Exception as error:  # noqa: BLE001 - whatever it is, this person has not been told
            diary().error("a message of the gate's own did not leave", code=alarm.code, to=person.id, error=repr(error)[:300])
            return False
        return isinstance(answer, Receipt) and not answer.refused and not answer.deferred

    def _teams(self, alarm: Alarm) -> bool:
        """Whether one of the teams has taken it."""
        try:
            found = tuple(read_secrets(self.policy.alarm, folder=self.policy.folder))
            return bool(found) and teams.tell(found, title=subject(alarm, self.policy.lang), text=body(alarm, self.policy.lang))
        except GateError as error:
            diary().error("the teams could not be told", code=alarm.code, error=str(error))
            return False


def hang_up(client: Channel | None) -> None:
    """The gate's own mails are rare: no connection waits for the next."""
    close = getattr(client, "close", None)
    if close is not None:
        close()
