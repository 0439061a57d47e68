"""Where the gate keeps its record and how it speaks: the table `[gate]`. Nothing in it decides."""

from typing import Literal

from releasegate.policy.naming import Line, Names
from releasegate.policy.part import Part


class GateTable(Part):
    """`mode = "demo"` reaches nobody: all its channels are folders."""

    store: Line = ""
    """Where the record is kept: a path beside this file, or a URL such as `postgresql+psycopg://gate@db/gate`. Without it: `gate.db`."""
    lang: Literal["en", "ja"] = "en"
    """The language in which people are told things, where they ask for no other."""
    mode: Literal["", "demo"] = ""
    """`demo`: all channels are folders, and one person may play the others. A live gate leaves it out."""
    alarm: Names = ()
    """Who is in charge: ids of [people]. The teams that are told beside them: `env:NAME` or `file:PATH`, which hold apprise's URLs."""
    mail: Line = ""
    """By which channel the gate's own mail leaves: one that is not gated. Without it people are told by `Gate(alarm=…)` alone."""
    mail_from: Line = ""
    """The address from which the gate writes."""
