"""Ways inside stations: along the pathways of GTFS between entrances and platforms, and from platform to platform.

    pathways = pathways_of(feeds, stops, plane)      # a row each direction of each pathway
    ground = stations_of(timetable, serving)         # for each way to go on foot
    ground[Going.WHEELCHAIR].into                    # by which entrance one gets to which stop, and how long it takes

A stop that no pathway touches is walked up to directly, and so is one that no entrance leads to on foot: its feed does
not describe the way there. Where pathways lead in, nothing else does: whoever cannot use them does not get there.

Source: GTFS Schedule reference, pathways.txt, levels.txt and ``location_type`` in stops.txt.
"""

from ucity.cloud.routing.stations.doors import Doors, Station, quickest, stations_of
from ucity.cloud.routing.stations.pathways import pathways_of
from ucity.cloud.routing.stations.steps import steps_of

__all__ = ["Doors", "Station", "pathways_of", "quickest", "stations_of", "steps_of"]
