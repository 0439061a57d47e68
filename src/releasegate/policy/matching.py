"""Who can take which place: an assignment of people to places, one place a person."""

from collections.abc import Sequence


def assign(places: Sequence[frozenset[str]]) -> dict[int, str]:
    """The largest assignment: for each place that can be filled at once with the others, its person.

    `places` holds, for each place, who may take it. Places are tried in order, people by name: the same question has the same answer.
    """
    takes: dict[str, int] = {}
    for place in range(len(places)):
        _settle(place, places, takes, set())
    return {place: person for person, place in takes.items()}


def _settle(place: int, places: Sequence[frozenset[str]], takes: dict[str, int], asked: set[str]) -> bool:
    """Find somebody for this place, moving others to places that they can take as well."""
    for person in sorted(places[place] - asked):
        asked.add(person)
        if person not in takes or _settle(takes[person], places, takes, asked):
            takes[person] = place
            return True
    return False
