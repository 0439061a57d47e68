"""Who the people of a case are: every name in it leads to somebody or something in the policy, or the case is refused."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from releasegate.errors import CaseError
from releasegate.model.state import Role
from releasegate.policy.duration import parse_duration
from releasegate.policy.nearest import nearest
from releasegate.policy.person import Person
from releasegate.policy.policy import Policy
from releasegate.testing.case import Case, listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """A case with the persons that its names mean; `lent` are (giver, taker)."""

    case: Case
    writers: tuple[Person, ...]
    confirmed: tuple[Person, ...]
    approved: tuple[Person, ...]
    waived: tuple[tuple[str, Person], ...]
    lent: tuple[tuple[str, str], ...]
    pause: timedelta
    age: timedelta


def read(policy: Policy, case: Case) -> Cast:
    """The case with its people. Raises CaseError that names everything which the policy does not have, and what may have been meant."""
    reading = _Reading(policy, case, [])
    cast = Cast(
        case=case,
        writers=reading.writers(),
        confirmed=reading.persons("confirmed", case.confirmed),
        approved=reading.persons("approved", case.approved),
        waived=tuple(reading.votes()),
        lent=tuple(reading.lent()),
        pause=reading.length("pause", case.pause),
        age=reading.length("age", case.age),
    )
    reading.channel()
    if reading.problems:
        raise CaseError(reading.problems)
    return cast


@dataclass(frozen=True, slots=True)
class _Reading:
    policy: Policy
    case: Case
    problems: list[str]

    def complain(self, where: str, what: str) -> None:
        self.problems.append(f"Case {self.case.name!r}, {where}: {what}")

    def channel(self) -> None:
        """It is one of the policy's, and gated: nobody judges what leaves by the others."""
        rules = self.policy.channels.get(self.case.channel)
        if rules is None:
            self.complain("channel", f"no channel {self.case.channel!r}; {nearest(self.case.channel, self.policy.channels)}")
        elif not rules.gated:
            self.complain("channel", f"{self.case.channel!r} is not gated, nothing is judged there; name a gated channel")

    def persons(self, where: str, names: Iterable[str]) -> tuple[Person, ...]:
        return tuple(person for name in names if (person := self._person(where, name)) is not None)

    def writers(self) -> tuple[Person, ...]:
        """Whoever wrote: authors, or the gate would have taken no text of theirs."""
        names = listed(self.case.by)
        if not names:
            self.complain("by", "nobody wrote it; name somebody")
        found = self.persons("by", names)
        for person in found:
            if Role.AUTHOR not in person.roles:
                self.complain("by", f"{person.id!r} has no role 'author', the gate takes no text of theirs; name an author")
        return found

    def votes(self) -> Iterator[tuple[str, Person]]:
        """Who lets which requirement stand."""
        known = [rule.name for rule in self.policy.requirements]
        for name, who in self.case.waived.items():
            if name not in known:
                self.complain("waived", f"no requirement {name!r}; {nearest(name, known)}")
            yield from ((name, person) for person in self.persons("waived", listed(who)))

    def lent(self) -> Iterator[tuple[str, str]]:
        """Who lends their right to whom: two humans, or the gate would refuse it."""
        for pair in self.case.delegated.items():
            found = self.persons("delegated", pair)
            for person in found:
                if person.kind != "human":
                    self.complain("delegated", f"{person.id!r} is a robot, no right is lent to or by it; name a human")
            if len(found) == len(pair):
                yield found[0].id, found[1].id

    def length(self, where: str, value: str | timedelta) -> timedelta:
        try:
            return parse_duration(value)
        except ValueError as error:
            self.complain(where, str(error))
            return timedelta(0)

    def _person(self, where: str, name: str) -> Person | None:
        person = self.policy.people.resolve(name)
        if person is None:
            names = [each for known in self.policy.people for each in (known.id, known.email, *known.also) if each]
            close = nearest(str(name), names)
            known = close if close.startswith("did") else nearest("", [each.id for each in self.policy.people])
            self.complain(where, f"no person {name!r}; {known}")
        return person
