"""Releases: which drafts are ways out of the same news. Bookings: who made the attempt, and since when it is over."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table, empty: no text that was written before names a release. Two columns: an attempt that nobody came back from has no end."""
    op.create_table(
        "releases",
        sa.Column("release", sa.Text, primary_key=True),
        sa.Column("draft_id", sa.Text, primary_key=True),
    )
    op.create_index("releases_draft", "releases", ["draft_id"])
    op.add_column("bookings", sa.Column("worker", sa.Text, nullable=False, server_default=""))
    op.add_column("bookings", sa.Column("ended", sa.Text, nullable=False, server_default=""))
    op.execute(
        "UPDATE bookings SET worker = COALESCE((SELECT MAX(d.worker) FROM deliveries AS d WHERE d.attempt = bookings.attempt AND "
        "(d.state = 'sending' OR (d.state = 'unknown' AND d.error = 'no answer before the lease was over'))), '')"
    )
    op.execute(
        "UPDATE bookings SET ended = COALESCE((SELECT MAX(d.ended) FROM deliveries AS d "
        "WHERE d.attempt = bookings.attempt AND d.ended <> ''), began) WHERE worker = ''"
    )
