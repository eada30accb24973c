"""Topics of devices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucity.network.mqtt.topics import Malformed, Reason, Topic, can_be_published, parse

DEVICES = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,63}", fullmatch=True)
SERVICES = NAMES.filter(lambda name: name != "commands")


@given(DEVICES, SERVICES, NAMES)
def test_a_good_topic_comes_back_in_its_parts(device: str, service: str, stream: str) -> None:
    topic = parse(f"ucity.{device}.{service}.{stream}")
    assert topic == Topic(device, service, stream)
    assert parse(topic.subject) == topic
    assert str(topic) == f"ucity/{device}/{service}/{stream}"
    assert topic.path == f"{service}/{stream}"


@given(st.text())
def test_any_text_is_a_topic_or_has_a_reason(subject: str) -> None:
    found = parse(subject)
    if isinstance(found, Topic):
        assert found.subject == subject
    else:
        assert found.detail


@given(DEVICES, st.lists(st.text(alphabet="ab_.*>/ A", max_size=5), max_size=5))
def test_whatever_follows_the_device_is_blamed_on_it(device: str, levels: list[str]) -> None:
    found = parse(".".join(("ucity", device, *levels)))
    assert found.device == device


@pytest.mark.parametrize(
    ("subject", "reason"),
    [
        ("", Reason.NOT_OURS),
        ("other.alpha.air_quality.stations", Reason.NOT_OURS),
        ("ucity", Reason.DEVICE),
        ("ucity./.air_quality.stations", Reason.DEVICE),
        ("ucity.al*pha.air_quality.stations", Reason.DEVICE),
        (f"ucity.{'a' * 65}.air_quality.stations", Reason.DEVICE),
        ("ucity.alpha", Reason.LEVELS),
        ("ucity.alpha.air_quality", Reason.LEVELS),
        ("ucity.alpha.air_quality.stations./", Reason.LEVELS),
        ("ucity.alpha.commands.restart", Reason.COMMANDS),
        ("ucity.alpha.*.stations", Reason.SERVICE),
        ("ucity.alpha.Air.stations", Reason.SERVICE),
        ("ucity.alpha.air//quality.stations", Reason.SERVICE),
        ("ucity.alpha.air_quality.>", Reason.STREAM),
        ("ucity.alpha.air_quality.stations\n", Reason.STREAM),
    ],
)
def test_the_reason_tells_what_to_mend(subject: str, reason: Reason) -> None:
    found = parse(subject)
    assert isinstance(found, Malformed)
    assert found.reason is reason


@pytest.mark.parametrize("subject", ["ucity.a.*.b", "ucity.a.>", "ucity..b", ""])
def test_patterns_cannot_be_published(subject: str) -> None:
    assert not can_be_published(subject)
    assert can_be_published("ucity.a.b*.c>")
