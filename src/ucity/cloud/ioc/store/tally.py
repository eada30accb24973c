"""How many entities there are, kept aside from them: by tenant, by types, and by runs of keys that follow one another.

Triggers add to it in the commit that makes, deletes or retypes an entity, so that it is exact for whoever sees that
commit. What a query asks of types alone is counted here, and a page far behind the first one begins at its run.
"""

import asyncio
from dataclasses import replace

import structlog

from ucity.cloud.ioc.store.database import Pool, transaction
from ucity.cloud.ioc.store.query.compile import Compiler
from ucity.cloud.ioc.store.query.terms import Selection, Selector
from ucity.errors import UcityError

log = structlog.get_logger()
RUN = 1 << 12
"""Keys in one run."""
_EVERY = 10.0
_LOCK = 0x7563_6974_7909
_GATHER = """
WITH gone AS (
    DELETE FROM tally AS t USING (
        SELECT tenant, run, types FROM tally GROUP BY tenant, run, types HAVING count(*) > 1
    ) AS many WHERE t.tenant = many.tenant AND t.run = many.run AND t.types = many.types
    RETURNING t.*
)
INSERT INTO tally SELECT tenant, run, types, sum(n) FROM gone GROUP BY tenant, run, types HAVING sum(n) <> 0
"""


def tells(selection: Selection) -> bool:
    """Whether the tally knows what is selected, because nothing is asked but types."""
    of_types = tuple(Selector(types=each.types) for each in selection.selectors)
    return replace(selection, order=(), collation=None) == Selection(selectors=of_types)


def counted(compiler: Compiler, selection: Selection) -> str:
    """The query for how many entities are selected, of a selection that it tells of."""
    return f"SELECT coalesce(sum(n), 0) AS count FROM tally WHERE {_where(compiler, selection)}"  # noqa: S608 - made of constants and placeholders


def counted_by_types(compiler: Compiler) -> str:
    """The query for the types of all entities that the asker may see, with how many there are of each."""
    where = _where(compiler, Selection())
    return f"SELECT types, sum(n) AS count FROM tally WHERE {where} GROUP BY types HAVING sum(n) > 0"  # noqa: S608 - see counted


def page_from(compiler: Compiler, selection: Selection, columns: str, limit: int, offset: int) -> str:
    """The query for one page of them in the order of their keys, which looks at no run before the page's first."""
    at, end = compiler.given(offset, "bigint"), compiler.given(offset + limit, "bigint")
    return f"""
    WITH runs AS MATERIALIZED (
        SELECT run, (sum(sum(n)) OVER (ORDER BY run))::bigint AS through
        FROM tally WHERE {_where(compiler, selection)} GROUP BY run
    )
    SELECT {columns} FROM entity WHERE {compiler.where(selection)}
    AND key >= (SELECT min(run) FROM runs WHERE through > {at}) * {RUN}
    AND key < coalesce((SELECT min(run) FROM runs WHERE through >= {end}), (SELECT max(run) FROM runs)) * {RUN} + {RUN}
    ORDER BY key LIMIT {compiler.given(limit, "bigint")}
    OFFSET {at} - coalesce((SELECT max(through) FROM runs WHERE through <= {at}), 0)
    """  # noqa: S608 - see counted


def _where(compiler: Compiler, selection: Selection) -> str:
    # Who is deleted is not counted in the first place.
    return compiler.where(selection, "tally", deleted=True)


async def gather(pool: Pool) -> None:
    """Put what was added into one row for each tenant, run and types. Of several workers, one works."""
    async with transaction(pool) as connection:
        if await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK):
            await connection.execute(_GATHER)


async def keep_tally(pool: Pool) -> None:
    """Gather every ten seconds, until cancelled."""
    while True:
        try:
            await gather(pool)
        except UcityError as error:
            log.warning("the tally waits", why=error.detail)
        await asyncio.sleep(_EVERY)
