"""Places by name: stations, stops, districts, neighbourhoods, and the forms in which their names are looked for.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE place (
    key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source text NOT NULL,
    id text NOT NULL,
    kind text NOT NULL,
    names jsonb NOT NULL,
    code text NOT NULL DEFAULT '',
    lon float8 NOT NULL,
    lat float8 NOT NULL,
    district text,
    UNIQUE (source, id)
);
CREATE INDEX place_position ON place USING gist (point(lon, lat));
COMMENT ON TABLE place IS 'What one may want to go to, with its names by language; replaced source by source';

CREATE TABLE place_form (
    place bigint NOT NULL REFERENCES place ON DELETE CASCADE,
    kind text NOT NULL,
    form text COLLATE "C" NOT NULL
);
CREATE INDEX place_form_place ON place_form (place);
CREATE INDEX place_form_begins ON place_form (kind, form);
CREATE INDEX place_form_like ON place_form USING gin (form gin_trgm_ops);
COMMENT ON TABLE place_form IS 'Names as they are compared: keys of the keyboard, first consonants, sounds; ASCII';
"""


def upgrade() -> None:
    """Make the tables."""
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
