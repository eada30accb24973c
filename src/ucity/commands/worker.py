"""``ucity worker``: the process that stores what arrives and runs the rules. ``ucity serve`` starts it."""

import asyncio

from ucity.settings import load_settings


def worker() -> None:
    """Take in the logs and run the rules until stopped. Settings come from the environment."""
    from ucity.worker import work  # noqa: PLC0415 - other commands do without it

    asyncio.run(work(load_settings(), lambda lons, _: [None for _ in lons]))
