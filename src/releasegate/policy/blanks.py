"""What `init` has left to be filled in."""

from collections.abc import Iterator

from releasegate.messages.words import Words
from releasegate.policy.policy import Policy

# As the templates begin them.
_NAMES = ("NAME OF ", "ここに")
_LOGIN = "os:LOGIN-"


def blank_names(policy: Policy) -> list[str]:
    """The template's own people: the first draft would put them in force, and nobody could ever sign."""
    blanks = [person for person in policy.people if person.name.startswith(_NAMES)]
    return [
        Words("[people].{id}: still says {name!r}; put in the names and logins of your team first", id=person.id, name=person.name)
        for person in blanks
    ]


def blank_logins(policy: Policy) -> Iterator[str]:
    """People whom the command line would not know."""
    for person in policy.people:
        for account in person.also:
            if account.startswith(_LOGIN):
                yield Words("[people].{id}: still says {account!r}; put in their login, or take it away", id=person.id, account=account)
