"""The store: current state, history, change feed and positions in PostgreSQL, and the one way to write them."""

from ucity.cloud.ioc.store.batch import Batch, Committed, Document, Edit, Position, Rejected
from ucity.cloud.ioc.store.commit import Committer, StalePosition
from ucity.cloud.ioc.store.database import Pool, connect, session, transaction
from ucity.cloud.ioc.store.feed import Change, Feed
from ucity.cloud.ioc.store.migrate import migrate

__all__ = [
    "Batch",
    "Change",
    "Committed",
    "Committer",
    "Document",
    "Edit",
    "Feed",
    "Pool",
    "Position",
    "Rejected",
    "StalePosition",
    "connect",
    "migrate",
    "session",
    "transaction",
]
