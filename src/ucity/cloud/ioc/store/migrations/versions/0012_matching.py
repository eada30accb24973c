"""How much of what a feed's newest message names its timetable has.

Revision ID: 0012
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.execute("ALTER TABLE feed_message ADD COLUMN matching jsonb")
    op.execute(
        "COMMENT ON COLUMN feed_message.matching IS"
        " 'Stops and lines that it names with identifiers of its own, and how many of them the timetable has'"
    )
