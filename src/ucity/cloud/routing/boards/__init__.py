"""What stops and lines show: the timetable, with what real-time feeds say of its trips now. Pure: no bus, no database.

    boards = Boards(timetable, names_of({"busan": gtfs}))
    boards = boards.told([Message("busan", at, realtime)])
    boards.board("busan:13706", now)

``wire`` has the questions that other processes ask, with what answers them; ``asking`` asks them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ucity.cloud.routing.boards.expected import Live, Message, live_of
    from ucity.cloud.routing.boards.lines import Boards
    from ucity.cloud.routing.boards.names import Names, names_of

__all__ = ["Boards", "Live", "Message", "Names", "live_of", "names_of"]
_ROOMS = {"Boards": "lines", "Live": "expected", "Message": "expected", "live_of": "expected"}


def __getattr__(name: str) -> Any:
    # Loaded when used: whoever only asks for boards over the bus does without the compiler that timetables take.
    if name not in __all__:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_ROOMS.get(name, 'names')}"), name)
