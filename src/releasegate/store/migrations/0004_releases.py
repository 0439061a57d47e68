"""Releases: which drafts are ways out of the same news."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table, empty: no text that was written before names a release."""
    op.create_table(
        "releases",
        sa.Column("release", sa.Text, primary_key=True),
        sa.Column("draft_id", sa.Text, primary_key=True),
    )
    op.create_index("releases_draft", "releases", ["draft_id"])
