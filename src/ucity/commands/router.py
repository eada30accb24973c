"""``ucity router``: the process that finds ways through the city. ``ucity serve`` starts one; more may join it."""

import asyncio

from ucity.commands.lean import stay_lean
from ucity.settings import load_settings


def router() -> None:
    """Find ways for the city's other processes until stopped. Settings come from the environment."""
    stay_lean()
    from ucity.commands.logs import configure_logs  # noqa: PLC0415 - other commands do without it
    from ucity.router import route  # noqa: PLC0415

    settings = load_settings()
    configure_logs(settings.log_level)
    asyncio.run(route(settings))
