"""A station between two lines, for tests: two entrances on the street, a hall below, platforms further down.

    east (street)   --stairs--   hall  --gate--  paid  --escalator down--  P1      line 1, to the west
    west (street)   --lift--     hall            paid  --lift--            P2      line 2, to the east

Nothing but stairs leads from P1 to P2.
"""

from ucity.cloud.routing.tests.small import feed
from ucity.network.feeds.gtfs import Gtfs

LON, LAT = 127.0, 37.0
WIDE = 0.0225
"""Degrees of about 2 km."""
STOPS = (
    "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,level_id\n"
    f"S,S,{LAT},{LON},1,,\n"
    f"east,1번 출구,{LAT},{LON + 0.002},2,S,street\n"
    f"west,2번 출구,{LAT},{LON - 0.002},2,S,street\n"
    f"hall,,,,3,S,hall\npaid,,,,3,S,hall\n"
    f"P1,S,{LAT},{LON},0,S,platform\nP2,S,{LAT},{LON},0,S,platform\n"
    f"A,A,{LAT},{LON - WIDE},0,,\nB,B,{LAT},{LON + WIDE},0,,\n"
)
LEVELS = "level_id,level_index,level_name\nstreet,0,\nhall,-1,대합실\nplatform,-2,승강장\n"
PATHWAYS = (
    "pathway_id,from_stop_id,to_stop_id,pathway_mode,is_bidirectional,traversal_time,stair_count,signposted_as,"
    "reversed_signposted_as\n"
    "stairs,east,hall,2,1,40,-30,,나가는 곳\n"
    "lift,west,hall,5,1,50,,,\n"
    "gate,hall,paid,6,1,5,,,\n"
    "down,paid,P1,4,0,30,,,\n"
    "up,P1,paid,2,1,60,40,,\n"
    "lift2,paid,P2,5,1,45,,,\n"
    "across,P1,P2,2,1,20,12,2호선,\n"
)
TRANSLATIONS = (
    "table_name,field_name,language,translation,field_value\n"
    "levels,level_name,en,Platforms,승강장\nstops,stop_name,en,Exit 1,1번 출구\n"
    "pathways,signposted_as,en,Line 2,2호선\n"
)
TRIPS = "route_id,service_id,trip_id\n1,s,t1\n2,s,t2\n2,s,t3\n"
TIMES = (
    "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "t1,08:00:00,08:00:00,A,1\nt1,08:10:00,08:10:00,P1,2\n"
    "t2,08:11:30,08:11:30,P2,1\nt2,08:20:00,08:20:00,B,2\n"
    "t3,08:14:00,08:14:00,P2,1\nt3,08:22:00,08:22:00,B,2\n"
)
TABLES = {
    "stops": STOPS,
    "levels": LEVELS,
    "pathways": PATHWAYS,
    "translations": TRANSLATIONS,
    "routes": "route_id,agency_id,route_short_name,route_type\n1,a,1,1\n2,a,2,1\n",
    "trips": TRIPS,
    "stop_times": TIMES,
    "agency": "agency_id,agency_name,agency_url,agency_timezone,agency_lang\na,M,http://a.example,Asia/Seoul,ko\n",
}


def station(**tables: str) -> Gtfs:
    """The station, with these tables in place of its own."""
    return feed(TABLES | tables)
