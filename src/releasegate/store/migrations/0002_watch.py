"""What time brings: who looked last, and what people are to be told."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def upgrade() -> None:
    """One row a watcher; one row a message of the gate's own."""
    op.create_table("heartbeats", sa.Column("watcher", sa.Text, primary_key=True), _text("at"), _text("next"))
    op.create_table(
        "notices",
        sa.Column("id", sa.Text, primary_key=True),
        *(_text("draft_id"), _text("state"), _text("code"), _text("to"), _text("params"), _text("step")),
        *(_text("made"), _text("worker"), _text("lease"), _text("ended"), _text("error")),
    )
    op.create_index("notices_state", "notices", ["state", "made", "id"])
