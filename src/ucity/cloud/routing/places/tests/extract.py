"""A small street map: a street in two pieces, a town hall, a house, and stops, which timetables know better."""

from pathlib import Path

import osmium

NODES = {
    1: {},
    2: {},
    3: {"amenity": "townhall", "name": "부산광역시청", "name:en": "Busan City Hall"},
    4: {"addr:street": "중앙대로", "addr:housenumber": "1001"},
    5: {"highway": "bus_stop", "name": "시청앞"},
    6: {"place": "neighbourhood", "name": "연산동"},
    7: {"addr:housenumber": "12"},
    8: {"public_transport": "platform", "building": "yes", "name": "시청앞"},
}
WAYS = {
    1: ([1, 2], {"highway": "primary", "name": "중앙대로"}),
    2: ([2, 3], {"highway": "primary", "name": "중앙대로"}),
}


def write(file: Path) -> None:
    """Write it to ``file`` (.osm.pbf)."""
    with osmium.SimpleWriter(str(file)) as writer:
        for number, tags in NODES.items():
            where = (129.075 + number / 10_000, 35.179)
            writer.add_node(osmium.osm.mutable.Node(id=number, location=where, tags=tags))
        for number, (nodes, tags) in WAYS.items():
            writer.add_way(osmium.osm.mutable.Way(id=number, nodes=nodes, tags=tags))
