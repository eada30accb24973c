"""The simulated shared bicycles: as GBFS has it, the same for the same seed, never taken for real ones."""

import httpx

from ucity.demo import MARK
from ucity.demo.bicycles import DISCOVERY, document, stands
from ucity.demo.transit.door import open_door
from ucity.network.feeds.gbfs import System, listed, read

MINUTE = 29_400_000


def system(seed: int = 1, minute: int = MINUTE) -> System:
    discovery = document(seed, DISCOVERY, minute, "http://here")
    assert discovery
    names = listed(discovery, "http://here/gbfs/gbfs.json")
    found = {
        name: document(seed, url.removeprefix("http://here"), minute, "http://here") for name, url in names.items()
    }
    return read({name: body for name, body in found.items() if body})


def test_it_is_a_system_of_a_few_dozen_stations_and_says_that_it_is_simulated() -> None:
    found = system()
    assert 24 <= len(found.stations) <= 60
    assert found.left_out == 0
    names = [found.names, *(each.names for each in found.stations)]
    assert all(each[language].endswith(MARK) for each in names for language in ("ko", "en"))
    for each in found.stations:
        assert each.docks is not None
        assert each.bicycles + each.docks == each.capacity
    assert any(each.bicycles == 0 for minute in range(0, 1440, 60) for each in system(minute=MINUTE + minute).stations)


def test_a_seed_tells_all_and_time_moves_it() -> None:
    assert system() == system()
    assert stands(1) != stands(2)
    before, after = ([each.bicycles for each in system(minute=MINUTE + later).stations] for later in (0, 120))
    assert before != after


def test_it_is_served_with_addresses_that_lead_on_and_known_by_its_etag() -> None:
    with open_door(1, clock=lambda: MINUTE * 60.0) as url:
        discovery = httpx.get(url + DISCOVERY)
        for address in listed(discovery.content, url + DISCOVERY).values():
            assert address.startswith(url)
            answer = httpx.get(address)
            assert answer.status_code == 200
            known = {"If-None-Match": answer.headers["etag"]}
            assert httpx.get(address, headers=known).status_code == 304
        assert httpx.get(f"{url}/gbfs/nothing.json").status_code == 404
