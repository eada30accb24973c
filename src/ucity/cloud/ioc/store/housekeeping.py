"""What is deleted in the course of time: readings past their keeping; identities, changes, entries of the quarantine,
copies of contexts and ended subscriptions no longer needed."""

from datetime import datetime, timedelta

from ucity.blueprint import Catalogue, Declared
from ucity.cloud.ioc.policy.names import LOCATION, attribute_iri, type_iri
from ucity.cloud.ioc.store.contexts import sweep_contexts
from ucity.cloud.ioc.store.database import Pool, session
from ucity.cloud.ioc.store.notices import MATCHER
from ucity.cloud.ioc.store.subscriptions import sweep

FEED_KEPT = timedelta(days=2)
"""How long changes stay in the feed at least, for subscribers that were away; in any case until every rule on their
stream has taken them, and for ``TOLD_KEPT`` until nobody has to be told of them any more."""
TOLD_KEPT = timedelta(days=8)
"""How long a change waits at most for subscribers that are told seldom, or whose endpoint fails: one of them must not
keep the whole feed."""

_EXPIRED = """
DELETE FROM observation AS o USING entity AS e
WHERE o.entity = e.key AND e.tenant = '' AND e.types @> ARRAY[$1::text] AND o.observed_at < $3
AND o.attr IN (SELECT id FROM attribute WHERE name = ANY($2))
"""
CLOSED_KEPT = timedelta(days=90)
"""How long an entry of the quarantine that was replayed or dismissed can still be looked at."""
_CLOSED = "DELETE FROM quarantine WHERE state <> 'waiting' AND closed_at < $1"
_FORGOTTEN = "DELETE FROM reading_identity WHERE stream = $1 AND observed_at < $2"
_TAKEN = """
DELETE FROM change AS c WHERE recorded_at < $1 AND NOT EXISTS (
    SELECT FROM unnest($2::text[], $3::text[]) AS rule(name, stream) LEFT JOIN log_position AS p USING (name)
    WHERE rule.stream = c.stream AND coalesce(p.seq, 0) < c.seq
) AND (altered IS NULL OR c.seq <= (SELECT seq FROM log_position WHERE name = $4))
AND (altered IS NULL OR recorded_at < $5 OR c.seq < coalesce((SELECT min(changes[1]) FROM notice), c.seq + 1))
"""
COPY_KEPT = timedelta(days=2)
"""How long the copy of a JSON-LD context that is too old stays, for when its server is away."""
_LONGEST_IN_LOG = timedelta(days=1)
"""A reading that a door took in time may lie in the log for so long before its identity is looked up."""


async def tidy(pool: Pool, catalogue: Catalogue, now: datetime) -> None:
    """Delete what the declarations say need not be kept any longer."""
    for declared in catalogue.streams.values():
        await _tidy_stream(pool, declared, now)
    rules = [(rule.name, Declared(service, rule.on).path) for service, rule in catalogue.rules]
    names, streams = [name for name, _ in rules], [stream for _, stream in rules]
    async with session(pool) as connection:
        await connection.execute(_TAKEN, now - FEED_KEPT, names, streams, MATCHER, now - TOLD_KEPT, timeout=600)
        await connection.execute(_CLOSED, now - CLOSED_KEPT, timeout=600)
    await sweep(pool, now - FEED_KEPT)
    await sweep_contexts(pool, now - COPY_KEPT)


async def _tidy_stream(pool: Pool, declared: Declared, now: datetime) -> None:
    stream = declared.stream
    async with session(pool) as connection:
        if stream.keep:
            names = [attribute_iri(key) for key in stream.by_key] + ([LOCATION] if stream.moves else [])
            await connection.execute(_EXPIRED, type_iri(stream.entity_type), names, now - stream.keep, timeout=600)
        if stream.identity and stream.remember:
            name = f"{declared.service}/{stream.name}"
            await connection.execute(_FORGOTTEN, name, now - stream.remember - _LONGEST_IN_LOG)
