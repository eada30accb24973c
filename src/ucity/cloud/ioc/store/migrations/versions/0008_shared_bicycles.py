"""Feeds of shared bicycles.

Revision ID: 0008
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let feeds be in GBFS."""
    op.execute("ALTER TABLE feed DROP CONSTRAINT feed_format_check")
    op.execute(
        "ALTER TABLE feed ADD CONSTRAINT feed_format_check"
        " CHECK (format IN ('gtfs', 'gtfs-realtime', 'bims', 'gbfs', 'osm'))"
    )
