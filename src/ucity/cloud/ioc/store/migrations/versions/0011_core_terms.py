"""Attributes that services declare by names which are terms of the NGSI-LD core context get the IRIs of these.

Before, a client that asked for ``status`` without a context of its own did not find what the city calls so.

Revision ID: 0011
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_NGSI_LD = "https://uri.etsi.org/ngsi-ld/"
RENAMED = {f"{_NGSI_LD}default-context/{name}": f"{_NGSI_LD}{name}" for name in ("mode", "status")}
ENTITIES = """
UPDATE entity SET attrs = attrs - '{old}' || jsonb_build_object('{new}', attrs -> '{old}')
WHERE tenant = '' AND attrs ? '{old}'
"""
NAMES = """
UPDATE attribute SET name = '{new}'
WHERE name = '{old}' AND NOT EXISTS (SELECT FROM attribute WHERE name = '{new}')
"""
HISTORY = """
UPDATE observation SET attr = (SELECT id FROM attribute WHERE name = '{new}')
WHERE attr = (SELECT id FROM attribute WHERE name = '{old}')
"""


def upgrade() -> None:
    """Rename them in documents and in the history."""
    for old, new in RENAMED.items():
        for statement in (ENTITIES, NAMES, HISTORY):
            op.execute(statement.format(old=old, new=new))
