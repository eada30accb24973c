"""The simulated Busan: air stations and buses that do not exist, and the client that sends for them.

It knows the city only from outside: what it sends goes by MQTT and HTTP to the front door, with credentials, as from
any device. What stations and buses measure is a pure function of a seed and the time (``noise``, ``air``, ``stations``,
``motion``, ``buses``), and so is what is sent when (``feeds``); only ``links``, ``enrol`` and ``run`` do anything.

Everything that it sends is marked: identifiers begin with ``demo-``, names end with ``(모의 simulated)``.
"""

from pathlib import Path

FOLDER = Path(__file__).parent / "busan"
"""The profile, districts, coast, stations and routes of the simulated city."""
MARK = "(모의 simulated)"
"""At the end of the name of everything that is simulated."""
PREFIX = "demo-"
"""At the beginning of its identifier."""
