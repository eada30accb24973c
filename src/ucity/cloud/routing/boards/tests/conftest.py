"""Boards of the small network."""

import pytest

from replay import network
from ucity.cloud.routing.boards import Boards


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Boards:
    return network.boards(tmp_path_factory.mktemp("plain"))
