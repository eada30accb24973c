"""Tenants, whose things are kept apart: there is no list of them, but what is theirs."""

from ucity.cloud.ioc.store.database import Pool, session


async def is_there(pool: Pool, tenant: str) -> bool:
    """Whether anything is of this tenant: an entity, also one that was deleted, a history, a subscription."""
    async with session(pool) as connection:
        return bool(await connection.fetchval(_IS_THERE, tenant))


_IS_THERE = """
SELECT EXISTS (SELECT FROM entity WHERE tenant = $1)
OR EXISTS (SELECT FROM subscription WHERE tenant = $1 AND deleted_at IS NULL)
"""
