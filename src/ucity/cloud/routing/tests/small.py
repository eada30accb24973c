"""Small cities for tests: tables as CSV, packed and read as a feed is."""

import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from ucity.network.feeds.gtfs import Gtfs, read

AGENCY = "agency_id,agency_name,agency_url,agency_timezone\na,Metro,http://a.example,{zone}\n"
EVERY_DAY = (
    "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
    "s,1,1,1,1,1,1,1,20240101,20241231\n"
)


def feed(tables: Mapping[str, str], zone: str = "Asia/Seoul") -> Gtfs:
    """The feed of these tables, with an agency and a service ``s`` that runs every day of 2024 unless they say else."""
    every = {"agency": AGENCY.format(zone=zone), "calendar": EVERY_DAY} | dict(tables)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "feed.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in every.items():
                archive.writestr(f"{name}.txt", text)
        return read(path)
