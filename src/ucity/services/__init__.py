"""The city's services: eight sectors and the personal assistants, one folder a service, found by its folder."""

from functools import cache
from importlib import import_module
from pathlib import Path

from ucity.blueprint import Catalogue, Sector, Service


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


@cache
def catalogue() -> Catalogue:
    """Everything that the services declare."""
    return Catalogue(discover())
