"""Entities end, in part, when the first of the attributes inside their attributes does.

Those that were stored before attributes inside others were looked at are due by what is outermost in them alone.

Revision ID: 0019
"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

ENDS = """
WITH RECURSIVE instances AS (
    SELECT e.key, i.members FROM entity AS e, jsonb_each(e.attrs) AS a,
        jsonb_path_query(a.value, '$[*] ? (@.type() == "object")') AS i(members)
    WHERE e.deleted_at IS NULL AND e.attrs::text LIKE '%"expiresAt"%'
    UNION ALL
    SELECT o.key, i.members FROM instances AS o, jsonb_each(o.members) AS a,
        jsonb_path_query(a.value, '$[*] ? (@.type() == "object")') AS i(members)
    WHERE strpos(a.key, ':') > 0
), ends AS (
    SELECT key, min((members ->> 'expiresAt')::timestamptz) AS first FROM instances
    WHERE members ? 'expiresAt' GROUP BY key
)
UPDATE entity SET expires_at = least(expires_at, ends.first) FROM ends
WHERE entity.key = ends.key AND expires_at IS DISTINCT FROM least(expires_at, ends.first)
"""
"""Members that are attributes themselves are named by IRIs; nothing within a value is one."""


def upgrade() -> None:
    """Look into all of them once."""
    op.execute(ENDS)
