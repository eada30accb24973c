"""The city's services: eight sectors and the personal assistants, one folder a service, found by its folder."""

from functools import cache
from importlib import import_module
from pathlib import Path

from ucity.blueprint import Sector, Service, Stream


@cache
def discover() -> dict[str, Service]:
    """Every service by ``sector/name``, in alphabetical order.

    A folder ``<sector>/<name>`` with a ``service.py`` is a service; its ``SERVICE`` is the declaration.
    """
    here = Path(__file__).parent
    found = {}
    for sector in sorted(Sector):
        for file in sorted((here / sector).glob("*/service.py")):
            name = file.parent.name
            module = import_module(f"{__name__}.{sector}.{name}.service")
            found[f"{sector}/{name}"] = module.SERVICE
    return found


def find_stream(path: str) -> tuple[str, Stream] | None:
    """The service and the stream at ``service/stream``, e.g. ``air_quality/stations``; None when there is none.

    Service names are unique over all sectors, so that a device's topic stays short.
    """
    return streams_by_path().get(path)


@cache
def streams_by_path() -> dict[str, tuple[str, Stream]]:
    """``service/stream`` to the service's full name and the stream."""
    return {
        f"{name.split('/')[1]}/{stream.name}": (name, stream)
        for name, service in discover().items()
        for stream in service.streams
    }
