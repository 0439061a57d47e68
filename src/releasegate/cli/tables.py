"""A table on the terminal: full-width characters take two columns; nothing is cut where nobody sits at a terminal."""

import sys
from collections.abc import Iterable, Sequence

_WIDE = 10_000


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print these rows below these columns. The cells are plain text, never markup."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        made.add_column(Text(column), overflow="fold")
    for row in rows:
        made.add_row(*(Text(cell) for cell in row))
    console = Console(width=None if sys.stdout.isatty() else _WIDE, highlight=False)
    console.print(made)
