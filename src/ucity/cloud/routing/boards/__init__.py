"""What stops and lines show: the timetable, with what real-time feeds say of its trips now. Pure: no bus, no database.

names = names_of({"busan": gtfs})
boards = Boards(timetable, names)
boards.live = live_of(timetable, [Message("busan", at, realtime)])
boards.board("busan:13706", now)
"""

from ucity.cloud.routing.boards.expected import Live, Message, live_of
from ucity.cloud.routing.boards.lines import Boards
from ucity.cloud.routing.boards.names import Names, names_of

__all__ = ["Boards", "Live", "Message", "Names", "live_of", "names_of"]
