"""What has been predicted in a feed, so that it is known after a process was killed.

Revision ID: 0013
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.execute("ALTER TABLE feed_message ADD COLUMN predictions bytea")
    op.execute("ALTER TABLE feed_message ALTER COLUMN predictions SET STORAGE EXTERNAL")
    op.execute(
        "COMMENT ON COLUMN feed_message.predictions IS"
        " 'Of calls at stops ahead and of the last hours, as an Arrow IPC file; kept once a minute'"
    )
