"""Counts of notifications, for /metrics."""

from prometheus_client import Counter

SENT = Counter("ucity_notifications_total", "Attempts to send a notification.", ["outcome"])
DROPPED = Counter("ucity_notifications_dropped_total", "Notices that were given up.", ["reason"])
