"""Did you mean: what comes close to a name that nobody knows."""

from collections.abc import Iterable

from releasegate.messages.words import Words


def nearest(name: str, known: Iterable[str]) -> str:
    """The mend for a name that is not known: `did you mean 'press'?`, or all that there is."""
    from difflib import get_close_matches

    names = sorted(known)
    if close := get_close_matches(name, names, n=1, cutoff=0.6):
        return Words("did you mean {close!r}?", close=close[0])
    return Words("known: {names}", names=", ".join(names)) if names else Words("there is none yet")
