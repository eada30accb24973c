"""Reading GTFS: what a good feed gives, what is mended with a warning, what is refused, and that nothing breaks it."""

import io
import struct
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ucity.network.feeds.gtfs import FeedRefused, Gtfs, Limits, Reason, days, read, services_on

FILES = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\nB,Busan,https://example.org,Asia/Seoul\n",
    "stops.txt": (
        "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n"
        "S,서면역,35.1577,129.0594,1,\nS1,서면 1,,,0,S\nS2,부전,35.1622,129.0601,0,\nS3,양정,35.1731,129.0710,0,\n"
    ),
    "routes.txt": "route_id,agency_id,route_short_name,route_type,route_color\n1,B,1,1,#f06a00\n",
    "trips.txt": "route_id,service_id,trip_id,shape_id\n1,WD,T1,\n1,WE,T2,\n",
    "stop_times.txt": (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "T1,23:50:00,23:50:30,S1,1\nT1,,,S2,2\nT1,24:10:30,24:11:00,S3,9\n"
        "T2,8:00:00,8:00:00,S3,1\nT2,8:30:00,8:30:00,S1,2\n"
    ),
    "calendar.txt": (
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "WD,1,1,1,1,1,0,0,20261101,20261130\nWE,0,0,0,0,0,1,1,20261101,20261130\n"
    ),
    "calendar_dates.txt": "service_id,date,exception_type\nWD,20261124,2\nWE,20261124,1\n",
}


def packed(files: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def changed(**files: str | bytes | None) -> dict[str, str | bytes]:
    """The small feed with these files (without .txt) in place of its own; None takes one away."""
    merged = FILES | {f"{name}.txt": text for name, text in files.items()}
    return {name: text for name, text in merged.items() if text is not None}


def read_files(folder: Path, files: Mapping[str, str | bytes]) -> Gtfs:
    return read_bytes(folder, packed(files))


def read_bytes(folder: Path, data: bytes, limits: Limits | None = None) -> Gtfs:
    file = folder / "feed.zip"
    file.write_bytes(data)
    return read(file, limits=limits or Limits(), scratch=folder)


def refusal(folder: Path, data: bytes, limits: Limits | None = None) -> FeedRefused:
    with pytest.raises(FeedRefused) as caught:
        read_bytes(folder, data, limits)
    assert [file.name for file in folder.iterdir()] == ["feed.zip"], "something was left unpacked"
    return caught.value


def reasons(gtfs: Gtfs) -> list[tuple[str, Reason, int]]:
    return [(problem.file, problem.reason, problem.count) for problem in gtfs.warnings]


def times(gtfs: Gtfs, trip: str) -> list[tuple[int, int, int]]:
    frame = gtfs.stop_times.filter(pl.col("trip_id") == trip)
    return frame.select("arrival_time", "departure_time", "timepoint").rows()


def test_a_good_feed_is_typed_and_has_no_warnings(tmp_path: Path) -> None:
    gtfs = read_files(tmp_path, FILES)
    assert gtfs.warnings == ()
    assert gtfs.timezone == "Asia/Seoul"
    assert gtfs.routes.row(0, named=True)["route_color"] == "F06A00"
    assert gtfs.stops["stop_name"].to_list() == ["서면역", "서면 1", "부전", "양정"]
    assert gtfs.calendar.schema["start_date"] == pl.Date
    assert gtfs.shapes.is_empty()
    assert gtfs.trips["wheelchair_accessible"].to_list() == [0, 0]


def test_a_platform_without_position_is_where_its_station_is(tmp_path: Path) -> None:
    platform = read_files(tmp_path, FILES).stops.row(1, named=True)
    assert (platform["stop_lon"], platform["stop_lat"]) == (129.0594, 35.1577)


def test_times_run_past_midnight_and_missing_ones_are_worked_out(tmp_path: Path) -> None:
    start, end = 23 * 3600 + 50 * 60 + 30, 24 * 3600 + 10 * 60 + 30
    between = (start + end) // 2
    assert times(read_files(tmp_path, FILES), "T1") == [
        (start - 30, start, 1),
        (between, between, 0),
        (end, end + 30, 1),
    ]


def test_missing_times_follow_the_distance_where_it_is_known(tmp_path: Path) -> None:
    text = (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence,shape_dist_traveled\n"
        "T1,10:00:00,10:00:00,S1,1,0\nT1,,,S2,2,900\nT1,10:10:00,10:10:00,S3,3,1000\n"
    )
    gtfs = read_files(tmp_path, changed(stop_times=text, trips="route_id,service_id,trip_id\n1,WD,T1\n"))
    assert times(gtfs, "T1")[1] == (36_540, 36_540, 0)


def test_exceptions_take_a_service_away_and_add_another(tmp_path: Path) -> None:
    gtfs = read_files(tmp_path, FILES)
    assert services_on(gtfs, date(2026, 11, 23)).to_list() == ["WD"]
    assert services_on(gtfs, date(2026, 11, 24)).to_list() == ["WE"]
    assert services_on(gtfs, date(2026, 12, 1)).to_list() == []
    assert days(gtfs) == (date(2026, 11, 1), date(2026, 11, 30))


@pytest.mark.parametrize("kept", ["calendar", "calendar_dates"])
def test_either_calendar_is_enough(tmp_path: Path, kept: str) -> None:
    other = {"calendar": "calendar_dates", "calendar_dates": "calendar"}[kept]
    text = (
        FILES["calendar.txt"]
        if kept == "calendar"
        else "service_id,date,exception_type\nWD,20261125,1\nWE,20261125,1\n"
    )
    gtfs = read_files(tmp_path, changed(**{kept: text, other: None}))
    assert "WD" in services_on(gtfs, date(2026, 11, 25))


def test_byte_order_marks_quotes_spaces_and_windows_lines_are_read(tmp_path: Path) -> None:
    stops = (
        '\ufeff"stop_id", stop_name ,stop_lat,stop_lon\r\n\r\n'
        'S1,"서면, ""1번""\n출구",35.1, 129.1 \r\n S2 ,"",35.2,129.2\r\nS3,양정,35.3,129.3,more,than,told\r\n'
    )
    gtfs = read_files(tmp_path, changed(stops=stops.encode()))
    assert gtfs.warnings == ()
    assert gtfs.stops["stop_name"].to_list() == ['서면, "1번"\n출구', None, "양정"]
    assert gtfs.stops["stop_lon"].to_list() == [129.1, 129.2, 129.3]


def test_frequencies_are_read(tmp_path: Path) -> None:
    header = "trip_id,start_time,end_time,headway_secs\n"
    text = header + "T2,05:00:00,25:00:00,600\nT9,05:00:00,06:00:00,600\nT1,5:00,6:00,60\n"
    gtfs = read_files(tmp_path, FILES | {"frequencies.txt": text})
    assert gtfs.frequencies.rows() == [("T2", 18_000, 90_000, 600, 0)]
    assert reasons(gtfs) == [
        ("frequencies.txt", Reason.BAD_VALUE, 1),
        ("frequencies.txt", Reason.BAD_VALUE, 1),
        ("frequencies.txt", Reason.UNKNOWN_REFERENCE, 1),
    ]


@pytest.mark.parametrize(
    ("file", "line", "expected"),
    [
        ("stops", "S1,twice,35,129,0,\n", ("stops.txt", Reason.DUPLICATE, 1)),
        ("stops", "S9,far,95.0,129,0,\n", ("stops.txt", Reason.BAD_VALUE, 1)),
        ("stops", "S9,nowhere,0,0,0,\n", ("stops.txt", Reason.NO_POSITION, 1)),
        ("stops", "S9,alone,35,129,0,S8\n", ("stops.txt", Reason.UNKNOWN_REFERENCE, 1)),
        ("stops", ",nameless,35,129,0,\n", ("stops.txt", Reason.MISSING_VALUE, 1)),
        ("trips", "9,WD,T9,\n", ("trips.txt", Reason.UNKNOWN_REFERENCE, 1)),
        ("trips", "1,XX,T9,\n", ("trips.txt", Reason.UNKNOWN_REFERENCE, 1)),
        ("trips", "1,WD,T9,\n", ("trips.txt", Reason.TOO_FEW_STOPS, 1)),
        ("stop_times", "T2,9:00:00,9:00:00,S9,3\n", ("stop_times.txt", Reason.UNKNOWN_REFERENCE, 1)),
        ("stop_times", "T2,9:70:00,9:00:00,S2,3\n", ("stop_times.txt", Reason.BAD_VALUE, 1)),
        ("stop_times", "T2,8:30:00,8:30:00,S1,2\n", ("stop_times.txt", Reason.DUPLICATE, 1)),
        ("calendar_dates", "WD,20261399,1\n", ("calendar_dates.txt", Reason.BAD_VALUE, 1)),
    ],
)
def test_bad_rows_are_told_and_the_rest_is_used(
    tmp_path: Path, file: str, line: str, expected: tuple[str, Reason, int]
) -> None:
    gtfs = read_files(tmp_path, changed(**{file: FILES[f"{file}.txt"] + line}))
    assert expected in reasons(gtfs)
    assert set(gtfs.trips["trip_id"]) == {"T1", "T2"}
    (named,) = [problem for problem in gtfs.warnings if problem.reason is expected[1]][:1]
    assert named.rows == (FILES[f"{file}.txt"].count("\n"),)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("T2,8:00:00,8:00:00,S3,1\nT2,,,S1,2\n", Reason.NO_TIME),
        ("T2,8:00:00,8:00:00,S3,1\nT2,7:00:00,7:00:00,S1,2\n", Reason.BACK_IN_TIME),
        ("T2,8:00:00,7:59:00,S3,1\nT2,9:00:00,9:00:00,S1,2\n", Reason.BACK_IN_TIME),
    ],
)
def test_a_trip_that_cannot_be_is_left_out(tmp_path: Path, lines: str, reason: Reason) -> None:
    text = "".join(FILES["stop_times.txt"].splitlines(keepends=True)[:4]) + lines
    gtfs = read_files(tmp_path, changed(stop_times=text))
    assert reasons(gtfs) == [("stop_times.txt", reason, 1), ("trips.txt", Reason.TOO_FEW_STOPS, 1)]
    assert gtfs.trips["trip_id"].to_list() == ["T1"]


def test_a_broken_file_that_a_city_can_do_without_is_left_out(tmp_path: Path) -> None:
    gtfs = read_files(tmp_path, FILES | {"shapes.txt": "shape_id\nA\n", "transfers.txt": "서면".encode("utf-16")})
    assert reasons(gtfs) == [("shapes.txt", Reason.MISSING_COLUMN, 1), ("transfers.txt", Reason.WRONG_ENCODING, 1)]


def test_files_in_one_folder_are_found(tmp_path: Path) -> None:
    gtfs = read_files(tmp_path, {f"gtfs/{name}": text for name, text in FILES.items()} | {"__MACOSX/stops.txt": "x"})
    assert reasons(gtfs) == [("", Reason.IN_A_FOLDER, 1)]


@pytest.mark.parametrize(
    ("files", "reason", "file"),
    [
        (changed(stops=None), Reason.MISSING_FILE, "stops.txt"),
        (changed(calendar=None, calendar_dates=None), Reason.MISSING_FILE, None),
        (changed(stops="stop_name\nA\n"), Reason.MISSING_COLUMN, "stops.txt"),
        (changed(stops="stop_id,stop_id,stop_lat,stop_lon\nA,B,1,1\n"), Reason.REPEATED_COLUMN, "stops.txt"),
        (changed(stops=""), Reason.MISSING_COLUMN, "stops.txt"),
        (changed(stops="stop_id,stop_name,stop_lat,stop_lon\n"), Reason.NO_ROWS, "stops.txt"),
        (changed(stops=FILES["stops.txt"].encode("cp949")), Reason.WRONG_ENCODING, "stops.txt"),
        (changed(stops=FILES["stops.txt"].encode("utf-16")), Reason.WRONG_ENCODING, "stops.txt"),
        (changed(agency="agency_name,agency_timezone\nB,Mars/Olympus\n"), Reason.UNKNOWN_TIMEZONE, "agency.txt"),
        (changed(agency="agency_name,agency_timezone\nB,../../etc/passwd\n"), Reason.UNKNOWN_TIMEZONE, "agency.txt"),
        (changed(agency="agency_name,agency_timezone\nB,\n"), Reason.NO_ROWS, "agency.txt"),
        (
            changed(trips=FILES["trips.txt"] + "".join(f"1,GONE,X{n},\n" for n in range(9))),
            Reason.TOO_MANY_BAD_ROWS,
            "trips.txt",
        ),
    ],
)
def test_a_feed_that_cannot_be_used_is_refused(
    tmp_path: Path, files: dict[str, str | bytes], reason: Reason, file: str | None
) -> None:
    refused = refusal(tmp_path, packed(files))
    assert (refused.reason, refused.file) == (reason, file)
    assert refused.status == 422


@pytest.mark.parametrize("name", ["../stops.txt", "/etc/passwd", "a/../../b.txt", "..\\..\\b.txt", "C:\\b.txt"])
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    assert refusal(tmp_path, packed(FILES | {name: "x"})).reason is Reason.HOSTILE_ARCHIVE


def test_links_are_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO(packed(FILES))
    with zipfile.ZipFile(buffer, "a") as archive:
        link = zipfile.ZipInfo("shapes.txt")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert refusal(tmp_path, buffer.getvalue()).reason is Reason.HOSTILE_ARCHIVE


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO(packed(FILES))
    with zipfile.ZipFile(buffer, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("stops.txt", "stop_id\n")
    assert refusal(tmp_path, buffer.getvalue()).reason is Reason.HOSTILE_ARCHIVE


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = packed(FILES | {"shapes.txt": b"0" * 64 * 1024 * 1024})
    assert refusal(tmp_path, bomb).reason is Reason.HOSTILE_ARCHIVE
    lying = bytearray(bomb)
    directory = lying.rindex(b"PK\x01\x02")
    assert lying[directory + 24 : directory + 28] == struct.pack("<I", 64 * 1024 * 1024)
    lying[directory + 24 : directory + 28] = struct.pack("<I", 100)
    gtfs = read_bytes(tmp_path, bytes(lying))
    assert reasons(gtfs) == [("shapes.txt", Reason.DAMAGED, 1)], "it unpacked more than the archive said"


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(zip_bytes=100), Reason.TOO_LARGE),
        (Limits(file_bytes=100), Reason.TOO_LARGE),
        (Limits(total_bytes=500), Reason.TOO_LARGE),
        (Limits(entries=3), Reason.TOO_LARGE),
    ],
)
def test_limits_hold(tmp_path: Path, limits: Limits, reason: Reason) -> None:
    assert refusal(tmp_path, packed(FILES), limits).reason is reason


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, b"<html>Not found</html>").reason is Reason.NOT_A_ZIP
    assert refusal(tmp_path, b"").reason is Reason.NOT_A_ZIP
    assert refusal(tmp_path, packed(FILES)[:-40]).reason is Reason.NOT_A_ZIP


TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
LINES = st.lists(
    st.lists(TEXT | st.sampled_from(['"', '""', "\r", "T1", "S1", "1", "08:00:00"]), max_size=8), max_size=6
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=st.sampled_from(sorted(FILES)), lines=LINES, junk=st.binary(max_size=60), keep_header=st.booleans())
def test_no_text_breaks_the_reader(
    tmp_path: Path, table: str, lines: list[list[str]], junk: bytes, keep_header: bool
) -> None:
    header = FILES[table].splitlines(keepends=True)[0] if keep_header else ""
    text = (header + "\n".join(",".join(line) for line in lines)).encode("utf-8", "surrogatepass") + junk
    try:
        gtfs = read_files(tmp_path, FILES | {table: text})
    except FeedRefused:
        return
    assert gtfs.stop_times.height >= 2


@pytest.mark.parametrize("name", [b"\0gency.txt", b"\0\0\0\0\0\0\0\0\0\0"])
def test_a_file_without_a_name_is_refused(tmp_path: Path, name: bytes) -> None:
    data = packed(FILES).replace(b"agency.txt", name)
    assert refusal(tmp_path, data).reason is Reason.HOSTILE_ARCHIVE


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255))
def test_no_flipped_byte_breaks_the_reader(tmp_path: Path, at: float, byte: int) -> None:
    data = bytearray(packed(FILES))
    data[int(at * len(data))] = byte
    try:
        read_bytes(tmp_path, bytes(data))
    except FeedRefused:
        return


def test_a_directory_that_points_before_the_beginning_is_refused(tmp_path: Path) -> None:
    data = bytearray(packed(FILES))
    offset = data.rindex(b"PK\5\6") + 16
    data[offset] += 7
    assert refusal(tmp_path, bytes(data)).reason is Reason.DAMAGED
