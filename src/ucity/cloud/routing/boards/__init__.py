"""What stops and lines show: the timetable, with what real-time feeds say of its trips now. Pure: no bus, no database.

    boards = Boards(timetable, names_of({"busan": gtfs}))
    boards = boards.told([Message("busan", at, realtime)])
    boards.board("busan:13706", now)

``wire`` has the questions that other processes ask, with what answers them; ``asking`` asks them.
"""

from ucity.cloud.routing.boards.expected import Live, Message, live_of
from ucity.cloud.routing.boards.lines import Boards
from ucity.cloud.routing.boards.names import Names, names_of

__all__ = ["Boards", "Live", "Message", "Names", "live_of", "names_of"]
