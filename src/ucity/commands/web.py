"""``ucity web``: the process that answers over HTTP. ``ucity serve`` starts it.

The server runs in this very process, not in one of its own under it: so there is nothing that could outlive it when it
is killed, and the memory of a second interpreter is saved.
"""

import asyncio
import gc
import signal
from typing import TYPE_CHECKING

from ucity.commands.lean import stay_lean
from ucity.errors import UcityError
from ucity.settings import Settings, load_settings

if TYPE_CHECKING:  # loaded when it serves: other commands do without
    from granian.server.embed import Server
    from starlette.types import ASGIApp

_PATIENCE = 3
"""Seconds that requests have to end in when the city stops."""


def web() -> None:
    """Answer over HTTP until stopped. Settings come from the environment."""
    stay_lean()
    import uvloop  # noqa: PLC0415 - other commands do without it

    uvloop.run(serve_http(load_settings()))


async def serve_http(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM."""
    from ucity.app import assembled  # noqa: PLC0415
    from ucity.commands.logs import configure_logs  # noqa: PLC0415

    configure_logs(settings.log_level)
    closing = asyncio.Event()
    async with assembled(settings, closing) as app:
        server = http_server(_behind(app, settings.proxies), settings)
        configure_logs(settings.log_level)  # once more, since the server has set up logs of its own
        asked_for = _closed_by_signals(closing)
        # What is there by now stays, and most of what a request makes goes by itself: to look through it again and
        # again for garbage would hold requests up.
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 20)
        stopping = asyncio.ensure_future(_stop(server, closing))
        await server.serve()
        stopping.cancel()
    if not asked_for.is_set():
        raise UcityError("The web process has ended by itself; its log says why.")


def _closed_by_signals(closing: asyncio.Event) -> asyncio.Event:
    """Have SIGINT and SIGTERM set ``closing``; the event that is set besides when one of them has come."""
    asked_for = asyncio.Event()

    def close() -> None:
        asked_for.set()
        closing.set()

    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, close)
    return asked_for


async def _stop(server: "Server", closing: asyncio.Event) -> None:
    await closing.wait()
    server.stop()  # type: ignore[no-untyped-call]  # granian's own


def _behind(app: "ASGIApp", proxies: str) -> "ASGIApp":
    """``app``, which is told by these proxies who asks."""
    from granian.utils.proxies import wrap_asgi_with_proxy_headers  # noqa: PLC0415

    trusted = [each.strip() for each in proxies.split(",") if each.strip()]
    return wrap_asgi_with_proxy_headers(app, trusted) if trusted else app


def http_server(app: "ASGIApp", settings: Settings) -> "Server":
    """The server of ``app``, which gets no lifespan, at the address and with the certificate that settings name."""
    from granian.constants import Interfaces, SSLProtocols  # noqa: PLC0415
    from granian.http import HTTP1Settings  # noqa: PLC0415
    from granian.server.embed import Server  # noqa: PLC0415

    server = Server(
        app,
        settings.host,
        settings.port,
        interface=Interfaces.ASGINL,
        websockets=False,
        backlog=1024,
        http1_settings=HTTP1Settings(header_read_timeout=20_000),
        log_enabled=True,
        ssl_cert=settings.tls_certificate,
        ssl_key=settings.tls_key,
        ssl_protocol_min=SSLProtocols.tls12,
    )
    server.workers_kill_timeout = _PATIENCE
    return server
