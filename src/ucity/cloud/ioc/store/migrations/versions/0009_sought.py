"""Values that queries look for, aside from the documents: filled on demand, one attribute after the other.

Revision ID: 0009
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE sought (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    ready boolean NOT NULL DEFAULT false,
    asked_at timestamptz NOT NULL
);
COMMENT ON TABLE sought IS 'Attributes of which queries look for values; ready: sought_value has them';

CREATE TABLE sought_value (
    attr int NOT NULL,
    entity bigint NOT NULL,
    number float8,
    text text COLLATE "C"
);
CREATE INDEX sought_value_number ON sought_value (attr, number, entity) WHERE number IS NOT NULL;
CREATE INDEX sought_value_text ON sought_value (attr, text, entity) WHERE text IS NOT NULL;
CREATE INDEX sought_value_entity ON sought_value (entity, attr);
COMMENT ON TABLE sought_value IS 'What the attributes in sought are worth, the beginnings of texts; may hold more';
"""
SCALARS = """
CREATE FUNCTION sought_parts(attribute jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN (
    SELECT coalesce(jsonb_agg(DISTINCT e.v), '[]')
    FROM jsonb_path_query(attribute, '$[*]') AS i
    CROSS JOIN LATERAL (SELECT coalesce(i->'value'->'@value', i->'value', i->'object', i->'vocab', i->'json',
        i->'valueList', jsonb_path_query_array(i, '$.objectList[*].object'))
        || jsonb_path_query_array(i, '$.languageMap.*[*]')) AS t(v)
    CROSS JOIN LATERAL jsonb_path_query(t.v, '$[*]') AS e(v)
    WHERE jsonb_typeof(e.v) IN ('number', 'string', 'boolean')
)
"""
USUALLY = """
CREATE FUNCTION sought_scalars(attribute jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    CASE WHEN jsonb_typeof(attribute -> 'value') IN ('number', 'string', 'boolean')
        THEN jsonb_build_array(attribute -> 'value') ELSE sought_parts(attribute) END
"""
FILL = """
CREATE FUNCTION sought_rows(attr int, entity bigint, scalars jsonb) RETURNS SETOF sought_value
LANGUAGE sql IMMUTABLE PARALLEL SAFE BEGIN ATOMIC
    SELECT attr, entity, CASE jsonb_typeof(v) WHEN 'number' THEN v::float8 END,
        CASE jsonb_typeof(v) WHEN 'number' THEN NULL ELSE left(v #>> '{}', 200) COLLATE "C" END
    FROM jsonb_array_elements(scalars) AS e(v);
END
"""
CHANGED = """
CREATE FUNCTION sought_changed() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    attrs int[];
    keys bigint[];
    scalars jsonb[];
BEGIN
    SELECT array_agg(id), array_agg(key), array_agg(after) INTO attrs, keys, scalars FROM (
        SELECT s.id, n.key, sought_scalars(o.attrs -> s.name) AS before, sought_scalars(n.attrs -> s.name) AS after
        FROM fresh AS n JOIN stale AS o ON o.key = n.key CROSS JOIN sought AS s
        WHERE o.attrs -> s.name IS DISTINCT FROM n.attrs -> s.name
    ) AS compared WHERE before <> after;
    IF keys IS NULL THEN
        RETURN NULL;
    END IF;
    -- From arrays, of which the planner knows how long they are: it would go through the whole index otherwise.
    DELETE FROM sought_value AS v USING unnest(attrs, keys) AS d(attr, key) WHERE v.entity = d.key AND v.attr = d.attr;
    INSERT INTO sought_value SELECT r.* FROM unnest(attrs, keys, scalars) AS d(attr, key, scalars)
    CROSS JOIN LATERAL sought_rows(d.attr, d.key, d.scalars) AS r;
    RETURN NULL;
END
$body$
"""
ADDED = """
CREATE FUNCTION sought_added() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO sought_value SELECT r.* FROM fresh AS n CROSS JOIN sought AS s
    CROSS JOIN LATERAL sought_rows(s.id, n.key, sought_scalars(n.attrs -> s.name)) AS r WHERE n.attrs ? s.name;
    RETURN NULL;
END
$body$
"""


def upgrade() -> None:
    """Make tables and functions. What calls the functions is made when the first attribute is sought."""
    for statement in (*TABLES.split(";\n"), SCALARS, USUALLY, FILL, CHANGED, ADDED):
        if statement.strip():
            op.execute(statement)
