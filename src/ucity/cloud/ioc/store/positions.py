"""How far logs, rules and the matching of subscriptions have come."""

from ucity.cloud.ioc.store.database import Pool, session


async def position_of(pool: Pool, name: str, incarnation: str = "") -> int:
    """How far this was taken in; 0 for what is new or was made anew."""
    async with session(pool) as connection:
        row = await connection.fetchrow("SELECT incarnation, seq FROM log_position WHERE name = $1", name)
    return int(row["seq"]) if row and row["incarnation"] == incarnation else 0
