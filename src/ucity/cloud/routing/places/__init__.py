"""Places by name and by position: stations, stops, districts, neighbourhoods and whatever else a city names.

``hangul`` and ``forms`` say how names are compared, ``matching`` which of them are meant, ``gather`` where places come
from, ``kept`` keeps them in the database and finds them there.
"""

from ucity.cloud.routing.places.kept import Named, around, find, keep
from ucity.cloud.routing.places.matching import Found

__all__ = ["Found", "Named", "around", "find", "keep"]
