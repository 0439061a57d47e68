"""smtplib's clients, locked: a subclass that listens to every line that would go to the server."""

import smtplib
import types
from collections.abc import Sequence
from contextlib import suppress
from email.message import Message
from typing import Any, ClassVar

from releasegate.errors import Blocked, GuardError
from releasegate.guards.dialogue import Dialogue
from releasegate.guards.lane import Lane
from releasegate.guards.steering import steering, steering_message
from releasegate.messages.words import Words

_OK = 250
_SAID = "_releasegate_dialogue"
_Answer = tuple[int, bytes]


class GuardedClient(smtplib.SMTP):
    """What stands before a class of smtplib's. The rules stand in `send`, which all else goes through; the others say no earlier."""

    releasegate_lane: ClassVar[Lane]

    def send_message(
        self,
        msg: Message,
        from_addr: str | None = None,
        to_addrs: str | Sequence[str] | None = None,
        mail_options: Sequence[str] = (),
        rcpt_options: Sequence[str] = (),
    ) -> dict[str, _Answer]:
        """As smtplib does, where the lane lets it."""
        self.releasegate_lane.most()
        self._gate_check_header(steering_message(msg))
        return super().send_message(msg, from_addr, to_addrs, mail_options, rcpt_options)

    def sendmail(
        self,
        from_addr: str,
        to_addrs: str | Sequence[str],
        msg: Any,  # noqa: ANN401 - smtplib takes text and every kind of buffer
        mail_options: Sequence[str] = (),
        rcpt_options: Sequence[str] = (),
    ) -> dict[str, _Answer]:
        """As smtplib does, where the lane lets it: the same dict of refused recipients."""
        most, addresses = self.releasegate_lane.most(), [to_addrs] if isinstance(to_addrs, str) else list(to_addrs)
        if len(addresses) > most:
            raise self.releasegate_lane.blocked("lane-too-wide", n=len(addresses), most=most)
        self._gate_check_header(steering(msg))
        return super().sendmail(from_addr, addresses, msg, mail_options, rcpt_options)

    def mail(self, sender: str, options: Sequence[str] = ()) -> _Answer:
        """As smtplib does, where the lane lets it."""
        self.releasegate_lane.most()
        return super().mail(sender, options)

    def rcpt(self, recip: str, options: Sequence[str] = ()) -> _Answer:
        """As smtplib does, where the lane lets it."""
        self.releasegate_lane.most()
        return super().rcpt(recip, options)

    def data(self, msg: Any) -> _Answer:  # noqa: ANN401 - smtplib takes text and every kind of buffer
        """As smtplib does, where the lane lets it."""
        self.releasegate_lane.most()
        self._gate_check_header(steering(msg))
        return super().data(msg)

    def connect(self, *args: Any, **kwargs: Any) -> _Answer:  # noqa: ANN401 - whatever the client's own class takes
        """As smtplib does: a new connection knows nothing of the last one."""
        vars(self)[_SAID] = Dialogue()
        return super().connect(*args, **kwargs)

    def send(self, s: Any) -> None:  # noqa: ANN401 - smtplib takes text and every kind of buffer
        """Give the server this, if it may have it."""
        piece = s.encode(self.command_encoding) if isinstance(s, str) else bytes(s)
        try:
            self._gate_dialogue.says(piece, self.releasegate_lane)
        except Blocked:
            self._gate_take_back()
            raise
        super().send(piece)

    def getreply(self) -> _Answer:
        """The server's answer."""
        code, said = super().getreply()
        self._gate_dialogue.answered(code)
        return code, said

    @property
    def _gate_dialogue(self) -> Dialogue:
        dialogue: Dialogue = vars(self).setdefault(_SAID, Dialogue())
        return dialogue

    def _gate_check_header(self, header: str) -> None:
        if header:
            self._gate_take_back()
            raise self.releasegate_lane.blocked("lane-bulk", header=header)

    def _gate_take_back(self) -> None:
        """Leave nothing half said at the server: what was announced must not leave by a later DATA."""
        said = self._gate_dialogue
        if not said.is_open:
            return
        if said.in_mail or said.asked:
            self.close()  # without the last dot the server throws away what it has
            return
        with suppress(OSError):
            if self.rset()[0] == _OK:
                return
        self.close()


_HELD = ("connect", "data", "getreply", "mail", "rcpt", "send", "send_message", "sendmail")


def lock_class(client: type[smtplib.SMTP], lane: Lane) -> type[smtplib.SMTP]:
    """A subclass of this class whose instances send nothing past the gate. The class itself stays as it is."""
    if issubclass(client, GuardedClient):
        if client.releasegate_lane == lane:
            return client
        raise GuardError(
            Words("it is guarded already, for channel {channel!r}.", channel=client.releasegate_lane.channel),
            mend=Words("Guard a client of its own for each channel."),
        )
    inside = {"releasegate_lane": lane, "__module__": client.__module__, "__qualname__": client.__qualname__, "__doc__": client.__doc__}
    made: type[smtplib.SMTP] = types.new_class(client.__name__, (GuardedClient, client), {}, lambda names: names.update(inside))
    return made


def lock_instance(client: smtplib.SMTP, lane: Lane) -> None:
    """Make it one of a guarded class: also who has it already has it locked."""
    if own := sorted(vars(client).keys() & set(_HELD)):
        raise GuardError(
            Words("somebody has put a {name!r} of its own onto it, which the guard could not hold.", name=own[0]),
            mend=Words("Guard a fresh client, or its class."),
        )
    client.__class__ = lock_class(type(client), lane)
    # Now, not at first use: copies share the socket, and so must share what was said on it.
    vars(client).setdefault(_SAID, Dialogue())
