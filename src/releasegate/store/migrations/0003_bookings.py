"""Bookings: what stands with channels that keep their own clock. Kin: which seals share a message."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_WORDS = ("draft_id", "digest", "channel", "key", "booking", "send_at", "began", "seen", "looked", "due")


def upgrade() -> None:
    """Two tables; the second is filled from the seals that are there."""
    op.create_table("kin", sa.Column("seal", sa.Text, primary_key=True), sa.Column("other", sa.Text, primary_key=True))
    op.execute(
        "INSERT INTO kin (seal, other) SELECT DISTINCT mine.seal, theirs.seal FROM sealed AS mine "
        "JOIN sealed AS theirs ON theirs.content = mine.content WHERE theirs.seal <> mine.seal"
    )
    op.create_table(
        "bookings",
        sa.Column("attempt", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in _WORDS),
        sa.Column("pressed", sa.Integer, nullable=False),
    )
    op.create_index("bookings_draft", "bookings", ["draft_id"])
    op.create_index("bookings_due", "bookings", ["due"])
