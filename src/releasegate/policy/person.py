"""Somebody who acts: a human, or a robot with the human who answers for it."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, model_validator

from releasegate.messages.words import Words, lines
from releasegate.model.state import Role
from releasegate.policy.naming import FilledLine, Identifier, Line, UnorderedNames
from releasegate.policy.nearest import nearest
from releasegate.policy.part import Part

_SIGNING = frozenset({Role.CHECKER, Role.APPROVER})


def _roles(value: object) -> object:
    """Roles by their names; an unknown one is an error that says what was meant."""
    if not isinstance(value, (list, tuple, set, frozenset)):
        return value
    known = [role.value for role in Role]
    if strange := sorted({str(each) for each in value if each not in known}):
        raise ValueError(lines(Words("unknown role {role!r}; {near}", role=each[:40], near=nearest(each, known)) for each in strange))
    return frozenset(Role(each) for each in value)


class Person(Part):
    """Identified once: `id`, `email` and everything in `also` mean the same person; `keys` are public keys.

    A robot may write, and never signs; it and its operator are one pair of eyes.
    """

    id: Identifier
    """The word before the equals sign: what the log calls this person."""
    name: FilledLine = ""  # never empty: without one it is the id
    """What people read. Left out: the id."""
    email: Line = ""
    """An address that means this person."""
    also: UnorderedNames = ()
    """Further addresses and accounts of the same person; `os:NAME` is a login of the machine."""
    roles: Annotated[frozenset[Role], BeforeValidator(_roles)] = frozenset()
    """What they may do: write, confirm, approve."""
    kind: Literal["human", "robot"] = "human"
    """A robot is a program: it may write and send, and never signs."""
    operator: str = ""
    """The person who answers for this robot: both are one pair of eyes."""
    phone: Line = ""
    """Where they are reached when it burns."""
    deputy: str = ""
    """Who is told in their place when they do not answer. It lends no right: only a delegation does."""
    supervisor: str = ""
    """Who is told when neither they nor their deputy have answered. Left out: the people of `[gate] alarm`."""
    lang: Literal["", "en", "ja"] = ""
    """The language in which the gate writes to them. Left out: that of `[gate]`."""
    keys: UnorderedNames = ()
    """Their public keys (`releasegate key FILE` makes one): with them they sign what a requirement with `auth = "signed"` asks for."""

    @model_validator(mode="before")
    @classmethod
    def _named_by_id(cls, data: Any) -> Any:  # noqa: ANN401 - whatever stood there
        return {"name": data.get("id"), **data} if isinstance(data, dict) else data

    @model_validator(mode="after")
    def _is_somebody(self) -> "Person":
        faults = list(self._faults())
        if faults:
            raise ValueError(lines(faults))
        return self

    def _faults(self) -> list[str]:
        faults: list[str] = []
        if self.id == "gate":
            faults.append(Words("'gate' is what the log calls the gate itself; take another id"))
        if self.email and (self.email.count("@") != 1 or self.email.strip("@") != self.email or " " in self.email):
            faults.append(Words("{email!r} is no address; write it like 'name@example.com'", email=self.email))
        if self.kind == "human" and self.operator:
            faults.append(Words("a human has no operator; take it away, or say kind = 'robot'"))
        if self.kind == "robot" and not self.operator:
            faults.append(Words("a robot needs an operator; name the human who answers for it"))
        if self.kind == "robot" and self.roles & _SIGNING:
            faults.append(Words("a robot may write but never sign; take its roles 'checker' and 'approver' away"))
        return faults

    def to_table(self) -> dict[str, Any]:
        """The line in `[people]`, without the id that stands before it."""
        return {key: value for key, value in super().to_table().items() if key != "id"}
