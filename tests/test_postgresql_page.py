"""The page on PostgreSQL, played on a real server."""

from tests.cli import Terminal
from tests.test_pages import DOCS
from tests.transcript import Player, lay

PAGE = (DOCS / "how-to" / "use-postgresql.md").read_text(encoding="utf-8")


def test_what_the_page_shows_is_what_comes(terminal: Terminal, postgres_url: str) -> None:
    """With the server of the tests for the one of the page."""
    lay(PAGE.replace("postgresql+psycopg://gate@localhost/gate", postgres_url), terminal.folder)

    Player(terminal).play(PAGE)
