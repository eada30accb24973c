"""Token buckets: how much they grant, how much they remember."""

import pytest

from ucity.network.limits import Buckets, address_key


class Clock:
    """A clock that stands still until told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_gives_its_burst_and_then_refills_evenly() -> None:
    clock = Clock()
    buckets = Buckets(60, burst=3, clock=clock)
    assert [buckets.take("a") for _ in range(3)] == [0, 0, 0]
    assert buckets.take("a") == pytest.approx(1.0)
    assert buckets.take("b") == 0
    clock.now = 0.4
    assert buckets.take("a") == pytest.approx(0.6)
    clock.now = 1.0
    assert buckets.take("a") == 0
    assert buckets.take("a") > 0


def test_over_a_long_time_no_more_than_the_rate_is_granted() -> None:
    clock = Clock()
    buckets = Buckets(600, burst=10, clock=clock)
    granted = 0
    for step in range(6000):
        clock.now = step / 100
        granted += buckets.take("a") == 0
    assert 600 <= granted <= 610


def test_memory_is_bounded() -> None:
    buckets = Buckets(60, remembered=100)
    for number in range(1000):
        buckets.take(str(number))
    assert len(buckets) == 100


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
    ],
)
def test_an_ipv6_network_counts_as_one_address(one: str, other: str, same: bool) -> None:
    assert (address_key(one) == address_key(other)) is same
