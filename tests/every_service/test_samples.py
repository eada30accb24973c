"""Each stream that devices send has an example message, as a device would send it, which the city takes in."""

import json
from datetime import UTC, datetime
from pathlib import Path

from ucity.blueprint import Declared, Service
from ucity.cloud.ioc.collect import Sender, check

NOW = datetime(2100, 1, 1, tzinfo=UTC)


def messages(folder: Path, stream: str) -> list[object]:
    said = json.loads((folder / "samples" / f"{stream}.json").read_text("utf-8"))
    return said if isinstance(said, list) else [said]


def test_every_stream_of_devices_has_a_sample_and_no_other(service: Service, folder: Path) -> None:
    wanted = {f"{stream.name}.json" for stream in service.streams if not stream.derived}
    asked = {f"{view.name}.request.json" for view in service.views}
    assert wanted <= {file.name for file in (folder / "samples").glob("*")} <= wanted | asked


def test_samples_are_taken_in_without_a_problem(name: str, service: Service, folder: Path) -> None:
    for stream in service.streams:
        if stream.derived:
            continue
        some = messages(folder, stream.name)
        # Streams that forget would call any fixed sample too late.
        times = [datetime.fromisoformat(str(message["observedAt"])) for message in some if isinstance(message, dict)]
        now = max(times) if stream.remember else NOW
        checked = check(Declared(name, stream), some, [Sender("sample")] * len(some), now)
        assert checked.problems == []
        assert len(checked.readings) == len(some)


def test_samples_show_every_measure_and_label(name: str, service: Service, folder: Path) -> None:
    for stream in service.streams:
        if stream.derived:
            continue
        some = messages(folder, stream.name)
        times = [datetime.fromisoformat(str(message["observedAt"])) for message in some if isinstance(message, dict)]
        frame = check(Declared(name, stream), some, [Sender("sample")] * len(some), max(times)).readings.frame
        empty = [key for key in (*stream.by_key, *stream.labels) if frame[key].is_null().all()]
        assert empty == [], f"samples/{stream.name}.json shows nothing of these"
