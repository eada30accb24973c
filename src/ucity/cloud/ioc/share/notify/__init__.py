"""Tells subscribers what changed: finds whom a change concerns, queues it for them, and sends it.

What an NGSI-LD subscription says, and how a notification looks, comes from the API above; this room is given it.
"""

from ucity.cloud.ioc.share.notify.clock import keep_intervals
from ucity.cloud.ioc.share.notify.delivery import Delivery
from ucity.cloud.ioc.share.notify.index import Index
from ucity.cloud.ioc.share.notify.matcher import Matcher
from ucity.cloud.ioc.share.notify.owners import Owners
from ucity.cloud.ioc.share.notify.recent import Recent
from ucity.cloud.ioc.share.notify.rounds import Desk, Letter, Write
from ucity.cloud.ioc.share.notify.wanted import DEFAULT_TRIGGERS, Trigger, Wanted, fires, seen

__all__ = [
    "DEFAULT_TRIGGERS",
    "Delivery",
    "Desk",
    "Index",
    "Letter",
    "Matcher",
    "Owners",
    "Recent",
    "Trigger",
    "Wanted",
    "Write",
    "fires",
    "keep_intervals",
    "seen",
]
