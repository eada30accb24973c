"""The simulated public transport of Busan: a network, a timetable, a day's running, and the feeds that tell of them.

Lines 1 to 4 of the metro have their true stations in their true order; when their trains go, and where and when buses
go, is made up. All is a pure function of a seed and the time: ``network`` (stops and lines), ``timetable`` (trips),
``running`` (what becomes of a day's trips: delays, cancellations, disturbances), ``vehicles`` (where each is),
``schedule`` and ``realtime`` (the same as GTFS and GTFS-Realtime). Only ``door`` and ``announce`` do anything.
"""

FEED = "demo-busan"
"""Name of the feed in the city."""
