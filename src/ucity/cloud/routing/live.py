"""What is expected in place of what is scheduled.

live = Live()                        # nothing is known: the timetable stands
live.day(network.timetable, day)     # that day's runs, as they are expected; kept, safe for several threads
"""

import threading
from dataclasses import dataclass, field
from datetime import date

from ucity.cloud.routing.day import Day, scheduled
from ucity.cloud.routing.timetable import Timetable

_DAYS_KEPT = 4


@dataclass(frozen=True, eq=False)
class Live:
    """What real-time feeds tell, and the days that follow from it."""

    _days: dict[date, Day] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def day(self, timetable: Timetable, day: date) -> Day:
        """The runs around a day as they are expected. The first call for a day takes long."""
        with self._lock:
            if day not in self._days:
                while len(self._days) >= _DAYS_KEPT:
                    del self._days[next(iter(self._days))]
                self._days[day] = scheduled(timetable, day)
            return self._days[day]
