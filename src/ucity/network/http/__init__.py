"""The HTTP edge: everything between the socket and the application.

``edge`` wraps an ASGI application in, from the outside in: request ids with access log and metrics, security headers,
problem documents, admission (who asks, how often), bodies (unpacked, of bounded size). All of them pass a streamed
answer on piece by piece.
"""

from ucity.network.http.edge import Limits, edge
from ucity.network.http.problems import HANDLERS
from ucity.network.http.readings import Inlet, ReadingsDoor

__all__ = ["HANDLERS", "Inlet", "Limits", "ReadingsDoor", "edge"]
