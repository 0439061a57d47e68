"""Who is who: every name, address and key leads to one person, or to nobody."""

from collections.abc import Iterable, Iterator
from types import MappingProxyType
from typing import Any

from releasegate.errors import PolicyError
from releasegate.messages.words import Words
from releasegate.model.state import Role
from releasegate.policy.keys import key_bytes
from releasegate.policy.naming import fold
from releasegate.policy.nearest import nearest
from releasegate.policy.person import Person


class People:
    """The directory, frozen. Raises PolicyError where one name would lead to two people."""

    __slots__ = ("_by_id", "_by_name")

    def __init__(self, persons: Iterable[Person] = ()) -> None:
        each = tuple(sorted(persons, key=lambda person: person.id))
        if problems := list(people_faults(each, frozenset(person.id for person in each))):
            raise PolicyError(problems)
        self._by_id = MappingProxyType({person.id: person for person in each})
        self._by_name = MappingProxyType({name: person for person in each for name in _names(person)})

    def __iter__(self) -> Iterator[Person]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, People) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"People({', '.join(self._by_id)})"

    def get(self, person_id: str) -> Person | None:
        """The person with exactly this id."""
        return self._by_id.get(person_id)

    def resolve(self, name: object) -> Person | None:
        """The person whom this id, address or alias means; None for everything else: it counts for nobody."""
        if not isinstance(name, str):
            return None
        return self._by_id.get(name) or self._by_name.get(fold(name))

    def eyes(self, name: str) -> str:
        """The one pair of eyes behind this name: a robot's operator, else the person; an unknown name stands for itself."""
        person = self.resolve(name)
        seen: set[str] = set()
        while person and person.operator and person.id not in seen:
            seen.add(person.id)
            person = self._by_id.get(person.operator)
        return person.id if person else name

    @property
    def humans(self) -> tuple[Person, ...]:
        """Those who can sign."""
        return tuple(person for person in self if person.kind == "human")

    def with_role(self, role: Role) -> tuple[Person, ...]:
        """Those who have this role, robots too."""
        return tuple(person for person in self if role in person.roles)

    def to_dict(self) -> dict[str, Any]:
        """The table `[people]`, as plain JSON."""
        return {person.id: person.to_table() for person in self}


def _names(person: Person) -> set[str]:
    """What leads to this person besides the id, as it is compared."""
    return {fold(name) for name in (person.email, *person.also) if name}


def people_faults(persons: tuple[Person, ...], known: frozenset[str]) -> Iterator[str]:
    """What is wrong between these people; `known` are all ids of the file, also of people who could not be read."""
    yield from _shared(persons)
    by_id = {person.id: person for person in persons}
    humans = [person.id for person in persons if person.kind == "human"]
    for person in persons:
        for key, name in (("operator", person.operator), ("deputy", person.deputy), ("supervisor", person.supervisor)):
            if name and name not in known:
                yield Words("[people].{id}.{key}: no person {name!r}; {near}", id=person.id, key=key, name=name, near=nearest(name, humans))
            elif name in by_id and by_id[name].kind == "robot":
                yield Words("[people].{id}.{key}: {name!r} is a robot; name a human", id=person.id, key=key, name=name)
        if person.deputy == person.id:
            yield Words("[people].{id}.deputy: nobody stands in for themselves; name somebody else", id=person.id)
        if person.supervisor == person.id:
            yield Words("[people].{id}.supervisor: nobody looks after themselves; name somebody else", id=person.id)


def _shared(persons: tuple[Person, ...]) -> Iterator[str]:
    """Ids, addresses, aliases and keys that lead to two people."""
    owners: dict[str | bytes, int] = {}
    for number, person in enumerate(persons):
        claims: list[str | bytes] = [*sorted({person.id, *_names(person)}), *{key_bytes(key) for key in person.keys}]
        for claim in claims:
            owner = persons[owners.setdefault(claim, number)]
            if owner is not person:
                what = Words("the name {claim!r}", claim=claim) if isinstance(claim, str) else Words("a key")
                yield Words(
                    "[people].{id}: shares {what} with {other!r}; each id, address, alias and key belongs to one person",
                    id=person.id,
                    what=what,
                    other=owner.id,
                )
