"""``ucity serve``: one whole city in the foreground, until Ctrl-C."""

import asyncio
import contextlib
from pathlib import Path
from typing import Annotated

import typer
from typer import Option

from ucity.settings import Settings, load_settings


def _help(name: str) -> str:
    return Settings.model_fields[name].description or ""


def serve(  # noqa: PLR0913 - one parameter an option
    *,
    data: Annotated[Path | None, Option(help=_help("data"))] = None,
    host: Annotated[str | None, Option(help=_help("host"))] = None,
    port: Annotated[int | None, Option(help=_help("port"))] = None,
    mqtt_port: Annotated[int | None, Option(help=_help("mqtt_port"))] = None,
    demo: Annotated[bool | None, Option("--demo/--no-demo", help=_help("demo"))] = None,
    demo_size: Annotated[int | None, Option(help=_help("demo_size"))] = None,
    demo_seed: Annotated[int | None, Option(help=_help("demo_seed"))] = None,
    open_to_all: Annotated[bool | None, Option("--open", help=_help("open"))] = None,
    sync: Annotated[str | None, Option(help=_help("sync"))] = None,
    tls_certificate: Annotated[Path | None, Option(help=_help("tls_certificate"))] = None,
    tls_key: Annotated[Path | None, Option(help=_help("tls_key"))] = None,
) -> None:
    """Start the city and keep it running until Ctrl-C. Every setting: docs/settings.md."""
    from ucity.commands.city import run_city  # noqa: PLC0415 - other commands do without it

    settings = load_settings(
        data=data,
        host=host,
        port=port,
        mqtt_port=mqtt_port,
        demo=demo,
        demo_size=demo_size,
        demo_seed=demo_seed,
        open=open_to_all,
        sync=sync,
        tls_certificate=tls_certificate,
        tls_key=tls_key,
    )
    asyncio.run(run_city(settings, _say))


def _say(line: str) -> None:
    with contextlib.suppress(OSError):  # nobody may be listening any more
        typer.echo(line)
