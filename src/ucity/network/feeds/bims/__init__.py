"""Answers of Busan's bus information system (BIMS), an open API in XML, as stops, lines, arrivals and vehicles.

    answer = read(data)                     # FeedRefused: not BIMS, or what BIMS said was wrong
    stops(answer), lines(answer), arrivals(answer, received_at), on_line(answer, line, received_at)
    as_gtfs_realtime(data, url, received_at, Known(stops, routes))

How real answers differ from their documentation: the longitude of a bus is tagged ``lin``; ``gpsym`` is the time of
its position, HHMMSS in Korean time without a date; -1 seats means that they are not counted; a field without a value is
left out; ``headway`` of a line is one number of minutes or two, as in ``9-10``. Errors come in two shapes, one of them
that of the portal in front of it, with HTTP status 200.

Source: data.go.kr 15092750 (6260000/BusanBIMS: busStopList, busInfo, busInfoByRouteId, stopArrByBstopid and
busStopArrByBstopidLineid), and answers of 2026.
"""

from ucity.network.feeds.bims.answers import Arrival, Line, Stop, arrivals, lines, read, stops
from ucity.network.feeds.bims.matching import Known
from ucity.network.feeds.bims.message import KOREA, as_gtfs_realtime, on_line

__all__ = [
    "KOREA",
    "Arrival",
    "Known",
    "Line",
    "Stop",
    "arrivals",
    "as_gtfs_realtime",
    "lines",
    "on_line",
    "read",
    "stops",
]
