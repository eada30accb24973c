"""Feeds are taken in here: fetched when it is time, looked at, and kept when they are good.

    FeedKeeper(...).run()       in the worker: asks every feed that has a URL
    FeedDoor(...)               in the web process: feeds added and removed, files sent in

What is not good leaves everything as it was, but for the reason that is told with the feed.
"""

from ucity.cloud.ioc.collect.feeds.door import FeedDoor
from ucity.cloud.ioc.collect.feeds.keeper import FeedKeeper

__all__ = ["FeedDoor", "FeedKeeper"]
