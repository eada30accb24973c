"""The options of ``ucity load``."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

Pairs = list[str] | None

File = Annotated[Path, Argument(exists=True, dir_okay=False, help="CSV in UTF-8 with a header; .csv or .csv.gz.")]
Stream = Annotated[str, Option(help="The service/stream, as GET /api/v1/streams lists them.")]
Time = Annotated[str, Option("--time", help="Column with the time of each reading.")]
TimeZone = Annotated[str, Option(help="Of times that do not tell their own, e.g. Asia/Seoul.")]
TimeFormat = Annotated[
    str | None, Option(help="Of times that are not in ISO 8601, in the codes of strptime, e.g. '%d/%m/%Y %H:%M'.")
]
Subject = Annotated[str | None, Option(help="What all readings are about, e.g. a station's id.")]
SubjectColumn = Annotated[str | None, Option(help="Column that says what each reading is about.")]
Column = Annotated[
    Pairs, Option(help="measure=COLUMN, for columns that are not named like the measure; can be repeated.")
]
Units = Annotated[Pairs, Option("--unit", help="measure=UNIT (UCUM), where the file's is another; can be repeated.")]
Lon = Annotated[str | None, Option(help="Column with the longitude (WGS 84).")]
Lat = Annotated[str | None, Option(help="Column with the latitude (WGS 84).")]
Missing = Annotated[Pairs, Option(help="A text that stands for a gap, e.g. NA; can be repeated.")]
Delimiter = Annotated[str, Option(help="What separates the columns.")]
Batch = Annotated[int, Option(min=1, max=20_000, help="Readings in one request.")]
Url = Annotated[str | None, Option(help="Of the city; unless given, the one that runs on this machine.")]
Key = Annotated[str | None, Option(envvar="CITY_KEY", help="API key; better in the variable than here.")]
Authority = Annotated[Path | None, Option(exists=True, help="PEM file with the city's own authority.")]
Patience = Annotated[float, Option(help="Seconds to try for while the city is away or busy.")]
Rejects = Annotated[Path | None, Option(help="File for what was rejected; FILE.rejected.ndjson unless given.")]
