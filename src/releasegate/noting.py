"""What a note leaves in the log: whom it goes to, its signal and open items in the chain, its words beside it, where they can be erased."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from releasegate.decision.handoffs import OUTSIDE
from releasegate.model.draft import Draft
from releasegate.model.note import Note, Outside
from releasegate.model.state import Role
from releasegate.office import Office
from releasegate.policy.policy import Policy
from releasegate.store.store import Txn


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """One note as an event keeps it."""

    text: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    memo: Mapping[str, Any] = field(default_factory=dict)


def noted(office: Office, txn: Txn, said: Note, draft: Draft) -> Noted:
    """The note, its people known by their ids. Raises Refused for a receiver or an owner who is nobody, or an item that is not open."""
    policy = office.rules(txn)
    to = receiver(policy, said.to)
    if to is None:
        near = get_close_matches(str(said.to), [*(person.id for person in policy.people), *policy.groups], n=2)
        raise office.refused("unknown-receiver", to=str(said.to), near=" / ".join(near))
    for name in (*said.done, *said.dropped, *said.still):
        if name not in {item.id for item in draft.items}:
            raise office.refused("no-such-item", item=name, items=", ".join(item.id for item in draft.items))
    owners = [office.person(txn, item.owner).id for item in said.items]
    return Noted(text=said.text, **_kept(said, to, owners))


def loosely(policy: Policy, said: Note) -> Noted:
    """The same of a hold's note, which nothing may delay: a receiver whom nobody knows is kept in the text, an owner as it was given."""
    to = receiver(policy, said.to)
    text = said.text if to is not None else f"{said.text} (to: {said.to})".strip()
    owners = [person.id if (person := policy.people.resolve(item.owner)) else item.owner for item in said.items]
    return Noted(text=text, **_kept(said, to or "", owners))


def receiver(policy: Policy, to: str | Outside) -> str | None:
    """The id of the person, the role or the group that this names; None for anything else. Somebody outside has no id here."""
    if isinstance(to, Outside):
        return OUTSIDE
    if not to or to in policy.groups or to in {role.value for role in Role}:
        return to
    person = policy.people.resolve(to)
    return person.id if person is not None else None


def _kept(said: Note, to: str, owners: list[str]) -> dict[str, Mapping[str, Any]]:
    chained: dict[str, Any] = {
        "to": to,
        "signal": said.signal.value if said.signal else "",
        "items": [
            {"owner": owner, "due": item.due.isoformat() if item.due else ""} for owner, item in zip(owners, said.items, strict=True)
        ],
        "done": list(said.done),
        "dropped": list(said.dropped),
        "still": list(said.still),
        "nothing_else": said.nothing_else,
    }
    words = {
        "items": [{"text": item.text, "done_when": item.done_when} for item in said.items],
        "if_then": [each.model_dump() for each in said.if_then],
        "outside": said.to.model_dump() if isinstance(said.to, Outside) else {},
    }
    note = {key: value for key, value in chained.items() if value}
    return {"data": {"note": note} if note else {}, "memo": {key: value for key, value in words.items() if value}}
