"""Where the gate keeps its record and how it speaks: the table `[gate]`. Nothing in it decides."""

from typing import Literal

from releasegate.policy.naming import Line, Names
from releasegate.policy.part import Part


class GateTable(Part):
    """`mode = "demo"` reaches nobody: all its channels are folders."""

    store: Line = ""
    lang: Literal["en", "ja"] = "en"
    mode: Literal["", "demo"] = ""
    alarm: Names = ()
