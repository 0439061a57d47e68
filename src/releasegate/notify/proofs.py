"""Handing out a proof: by a client of the gate's own, a mail for each address, and what became of each."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from releasegate.errors import ContentError, NotSent
from releasegate.messages.words import Words
from releasegate.model.parcel import Receipt
from releasegate.notify.marked import Copy, marked
from releasegate.notify.post import hang_up
from releasegate.protocols import Channel


@dataclass(frozen=True, slots=True)
class Handed:
    """What became of a copy, address by address: what the way out answered, why it did not leave, why that is not known."""

    taken: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)


def hand_out(client: Channel, copy: Copy, readers: Mapping[str, str]) -> Handed:
    """Send it to these addresses, each in its reader's language; nothing is tried twice."""
    handed = Handed()
    try:
        for address, lang in readers.items():
            _hand(client, copy, (address, lang), handed)
    finally:
        hang_up(client)
    return handed


def _hand(client: Channel, copy: Copy, reader: tuple[str, str], handed: Handed) -> None:
    address, lang = reader
    try:
        (parcel,) = client.seal(marked(copy, address=address, lang=lang))
    except Exception as error:  # noqa: BLE001 - whatever it is, nothing has been handed over
        handed.failed[address] = error.args[0] if isinstance(error, ContentError) else repr(error)[:300]
        return
    try:
        answer = client.send(parcel, key=uuid.uuid4().hex)
    except NotSent as error:
        handed.failed[address] = error.args[0] if error.args else ""
        return
    except Exception as error:  # noqa: BLE001 - whatever it is, nobody knows whether it has left
        handed.unknown[address] = repr(error)[:300]
        return
    if not isinstance(answer, Receipt):
        handed.unknown[address] = Words("its way out gave no receipt")
    elif said := {**answer.deferred, **answer.refused}:
        handed.failed[address] = "; ".join(said.values())
    else:
        handed.taken[address] = answer.id
