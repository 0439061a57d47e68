"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def upgrade() -> None:
    """Make every table; the store's own rows are written by whoever opens it first."""
    op.create_table(
        "gate",
        sa.Column("id", sa.Integer, primary_key=True),
        _text("store"),
        _number("schema"),
        _number("epoch"),
        sa.Column("policy", sa.BigInteger, nullable=False),
        _text("beat"),
    )
    op.create_table(
        "chain",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        _text("head"),
        _text("at"),
    )
    op.create_table(
        "drafts",
        sa.Column("id", sa.Text, primary_key=True),
        *(_number("seq"), _text("state"), _number("epoch"), _number("round"), _text("digest"), _number("hold_count"), _number("holds")),
        *(_text("channel"), _text("title"), _number("reach"), _text("send_at"), _text("lease"), _text("updated")),
    )
    op.create_index("drafts_digest", "drafts", ["digest"])
    op.create_index("drafts_state", "drafts", ["state", "send_at"])
    op.create_index("drafts_channel", "drafts", ["channel", "state", "updated"])
    op.create_table(
        "events",
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        *(_text("draft_id"), _number("seq"), _text("kind"), sa.Column("body", sa.LargeBinary, nullable=False), _text("hash")),
        *(sa.Column("salt", sa.LargeBinary), sa.Column("memo", sa.LargeBinary)),
        sa.UniqueConstraint("draft_id", "seq", name="events_draft"),
    )
    _content()
    _deliveries()


def _content() -> None:
    op.create_table(
        "manifests",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("seal", sa.Text, nullable=False, unique=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table("texts", sa.Column("digest", sa.Text, primary_key=True), sa.Column("draft_id", sa.Text, primary_key=True))
    op.create_table(
        "sealed",
        sa.Column("seal", sa.Text, primary_key=True),
        sa.Column("no", sa.Integer, primary_key=True),
        *(_text("digest"), _text("content"), _text("to"), _text("sender"), _text("title"), _number("reach"), _text("media")),
    )
    op.create_index("sealed_content", "sealed", ["content"])
    op.create_table(
        "blobs", sa.Column("content", sa.Text, primary_key=True), _text("base"), sa.Column("data", sa.LargeBinary, nullable=False)
    )


def _deliveries() -> None:
    op.create_table("lanes", sa.Column("channel", sa.Text, primary_key=True), _text("spent"))
    op.create_table(
        "deliveries",
        sa.Column("draft_id", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("no", sa.Integer, primary_key=True),
        sa.Column("part", sa.Integer, primary_key=True),
        *(_text("state"), _text("attempt"), _text("worker"), _text("lease"), _text("began"), _text("ended"), _text("to")),
        *(_number("reach"), _number("refused"), _text("receipt"), _text("error")),
    )
    op.create_index("deliveries_state", "deliveries", ["draft_id", "digest", "state"])
