"""The contract that every service keeps: each test here runs once for each service that is discovered."""

from pathlib import Path

import pytest

import ucity.services
from ucity.blueprint import Service
from ucity.services import discover


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "name" in metafunc.fixturenames:
        metafunc.parametrize("name", list(discover()))


@pytest.fixture
def service(name: str) -> Service:
    return discover()[name]


@pytest.fixture
def folder(name: str) -> Path:
    return Path(ucity.services.__file__).parent / name
