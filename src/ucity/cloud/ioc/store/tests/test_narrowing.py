"""What the numbers in histories may narrow down, and for whom."""

from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.store import Pool
from ucity.cloud.ioc.store.narrowing import may_meet
from ucity.cloud.ioc.store.query.compile import Compiler
from ucity.cloud.ioc.store.query.terms import Path, Term, Value

KEPT = """
WITH thing AS (
    INSERT INTO entity (id, types, attrs, created_at, modified_at) VALUES ('urn:x:1', '{Tank}', '{}', now(), now())
    RETURNING key
), names AS (INSERT INTO attribute (name) VALUES ('level'), ('secret') RETURNING id)
INSERT INTO observation (entity, attr, observed_at, recorded_at, number)
SELECT thing.key, names.id, '1969-11-24T04:00:00Z', now(), 20 FROM thing, names
"""


async def test_a_number_that_may_not_be_read_tells_nothing(pool: Pool) -> None:
    await pool.execute(KEPT)
    everyone = Predicate("query", "", {"Tank": frozenset({"level"})})
    for predicate, attribute, least, meets in (
        (everyone, "level", 10.0, True),
        (everyone, "level", 30.0, False),
        (everyone, "secret", 10.0, False),
        (Predicate("query", "", None), "secret", 10.0, True),
    ):
        compiler = Compiler(predicate)
        term = Term(Path(attribute=attribute), ">", (Value(least),))
        sql = f"SELECT count(*) FROM entity WHERE {may_meet(compiler, term, 'true')}"  # noqa: S608 - placeholders
        assert await pool.fetchval(sql, *compiler.arguments) == meets, (attribute, least)
