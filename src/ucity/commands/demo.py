"""``ucity demo``: the simulated Busan, sending to this city. ``ucity serve`` starts it unless told ``--no-demo``."""

import asyncio
import logging
from typing import Annotated

from typer import Option

from ucity.commands.lean import stay_lean
from ucity.settings import Settings, load_settings


def _help(name: str) -> str:
    return Settings.model_fields[name].description or ""


def demo(
    *,
    size: Annotated[int | None, Option(help=_help("demo_size"))] = None,
    seed: Annotated[int | None, Option(help=_help("demo_seed"))] = None,
) -> None:
    """Send the readings of a simulated Busan until stopped. Settings come from the environment."""
    stay_lean()
    from ucity.commands.logs import configure_logs  # noqa: PLC0415 - other commands do without it
    from ucity.demo.run import run_demo  # noqa: PLC0415

    settings = load_settings(demo_size=size, demo_seed=seed)
    configure_logs(settings.log_level)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it tells of every request
    asyncio.run(run_demo(settings))
