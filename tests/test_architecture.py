"""The page on the architecture says what is so: its floors are those that import-linter holds, and nothing touches more than it says."""

from pathlib import Path

import releasegate
from tests.test_pages import DOCS

SOURCE = Path(releasegate.__file__).parent
PAGE = (DOCS / "explanation" / "architecture.md").read_text(encoding="utf-8")
TOUCHES = {
    "database": r"sqlalchemy|alembic|psycopg|sqlite3",
    "network": r"socket|ssl|smtplib|http|urllib\.request",
    "files": r"pathlib|shutil|tempfile|importlib\.resources|csv\.reader",
    "environment": r"os|pwd|getpass|sys\.argv",
    "clock": r"time|time\..*",
    "threads": r"threading|asyncio|concurrent\..*",
    "chance": r"random|secrets|uuid",
}
