"""How many entities there are, by their types and by runs of their keys: counted as they come and go.

Revision ID: 0014
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE tally (
    tenant text NOT NULL,
    run bigint NOT NULL,
    types text[] NOT NULL,
    n int NOT NULL
)
"""
MORE = (
    # Not of the types, too: many of them would not fit into a row of an index.
    "CREATE INDEX tally_run ON tally (tenant, run)",
    "COMMENT ON TABLE tally IS 'Numbers of entities that are there; rows of the same tenant, run and types add up'",
    "COMMENT ON COLUMN tally.run IS 'Keys of entities without their last 12 bits'",
)
COUNTED = """
CREATE FUNCTION entity_tallied() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    -- Rows are added, and never changed: commits that count the same types do not wait for one another.
    IF TG_OP <> 'INSERT' AND OLD.deleted_at IS NULL THEN
        INSERT INTO tally VALUES (OLD.tenant, OLD.key >> 12, OLD.types, -1);
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.deleted_at IS NULL THEN
        INSERT INTO tally VALUES (NEW.tenant, NEW.key >> 12, NEW.types, 1);
    END IF;
    RETURN NULL;
END
$body$
"""
TRIGGERS = (
    "CREATE TRIGGER tally_came AFTER INSERT ON entity FOR EACH ROW WHEN (NEW.deleted_at IS NULL)",
    "CREATE TRIGGER tally_changed AFTER UPDATE OF types, deleted_at ON entity FOR EACH ROW"
    " WHEN ((OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL) OR OLD.types <> NEW.types)",
    "CREATE TRIGGER tally_went AFTER DELETE ON entity FOR EACH ROW WHEN (OLD.deleted_at IS NULL)",
)
FILL = """
INSERT INTO tally SELECT tenant, key >> 12, types, count(*) FROM entity WHERE deleted_at IS NULL GROUP BY 1, 2, 3
"""


def upgrade() -> None:
    """Make the table and what keeps it. Writers wait until the entities that are there have been counted."""
    triggers = [f"{each} EXECUTE FUNCTION entity_tallied()" for each in TRIGGERS]
    for statement in (TABLE, *MORE, COUNTED, *triggers, FILL):
        op.execute(statement)
