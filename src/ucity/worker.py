"""The worker process: takes the logs in, runs the rules, lets devices in, keeps house.

Several workers may run against the same servers. Each log and each rule is worked on by one of them at a time, whoever
is first; the others stand by and take over.
"""

import asyncio
from datetime import UTC, datetime

import structlog

from ucity.blueprint import Catalogue
from ucity.cloud.ioc.process import RuleRunner
from ucity.cloud.ioc.store import Committer, Feed, Pool
from ucity.cloud.ioc.store.housekeeping import tidy
from ucity.errors import UcityError

log = structlog.get_logger()
HOUSEKEEPING_EVERY = 3600.0


def rule_runners(catalogue: Catalogue, pool: Pool, feed: Feed, committer: Committer) -> list[RuleRunner]:
    """One runner a rule."""
    return [RuleRunner(name, rule, catalogue, pool, feed, committer) for name, rule in catalogue.rules]


async def keep_house(pool: Pool, catalogue: Catalogue) -> None:
    """Delete what need not be kept, every hour, until cancelled."""
    while True:
        try:
            await tidy(pool, catalogue, datetime.now(UTC))
        except UcityError as error:
            log.warning("housekeeping waits", why=error.detail)
        await asyncio.sleep(HOUSEKEEPING_EVERY)
