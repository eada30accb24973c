"""Answers without end: how many one asker may have, and when they end."""

import pytest

from ucity.cloud.ioc.policy import ANYONE, Announcement, Principal, Watches
from ucity.errors import TooManyRequests

KEY, OTHER = Principal("key", "a"), Principal("key", "b")


def test_one_visitor_cannot_take_all_of_them() -> None:
    watches = Watches(most=5, most_of_one=2)
    with watches.watch(ANYONE, "192.0.2.1"), watches.watch(ANYONE, "192.0.2.1"):
        with pytest.raises(TooManyRequests), watches.watch(ANYONE, "192.0.2.1"):
            pass
        with watches.watch(ANYONE, "192.0.2.2"), watches.watch(KEY, "192.0.2.1"):
            pass
    with watches.watch(ANYONE, "192.0.2.1") as ended:
        assert not ended.is_set()


def test_all_of_them_have_an_end() -> None:
    watches = Watches(most=1)
    with watches.watch(ANYONE, "192.0.2.1"), pytest.raises(TooManyRequests), watches.watch(KEY, "192.0.2.2"):
        pass


def test_those_of_a_changed_key_end_and_no_others() -> None:
    watches = Watches()
    with (
        watches.watch(KEY, "") as mine,
        watches.watch(OTHER, "") as others,
        watches.watch(ANYONE, "192.0.2.1") as visitor,
    ):
        watches.end(Announcement("key", "a"))
        assert (mine.is_set(), others.is_set(), visitor.is_set()) == (True, False, False)
        watches.end_all()
        assert (others.is_set(), visitor.is_set()) == (True, False)
