"""Streets from an OpenStreetMap extract, and the ways along them on foot, by bicycle and by car.

streets = build(read(Path("city.osm.pbf")))           # OSError, BadExtract
spots = streets.spots(Going.FOOT, lons, lats)         # the nearest streets
reached = streets.reach(Going.FOOT, spots, 0, 1500.0) # all that is at most so far from the first of them
"""

from ucity.cloud.routing.streets.graph import Streets, build
from ucity.cloud.routing.streets.osm import BadExtract, read
from ucity.cloud.routing.streets.ways import Going

__all__ = ["BadExtract", "Going", "Streets", "build", "read"]
