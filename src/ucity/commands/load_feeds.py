"""``ucity load gtfs`` and ``ucity load osm``: a timetable or a map from a file into a running city."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TaskID, TextColumn, TransferSpeedColumn

from ucity.cloud.ioc.collect.feeds.door import named_after
from ucity.commands.front_door import Authority, Key, Url, ask, front_door
from ucity.commands.output import write_json
from ucity.commands.running import Data, Json
from ucity.network.feeds.formats import FeedFormat

_PIECE = 256 * 1024
_SHOWN = 20
Name = Annotated[
    str | None, typer.Option(help="Of the feed: a-z, 0-9 and -; after the file unless given. The same name replaces.")
]


def gtfs(  # noqa: PLR0913 - one parameter an option
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A GTFS zip.")],
    *,
    name: Name = None,
    json: Json = False,
    url: Url = None,
    key: Key = None,
    authority: Authority = None,
    data: Data = None,
) -> None:
    """Load a timetable: a GTFS zip. What is wrong with it is told; one that is no good changes nothing."""
    with front_door("ucity load gtfs", url=url, key=key, authority=authority, data=data) as city:
        feed = _sent(city, file, name, FeedFormat.GTFS)
    if json:
        write_json(feed)
        return
    kept, counts = feed["file"], feed["file"]["counts"]
    days = f"{kept['firstDay']} to {kept['lastDay']}" if kept["lastDay"] else "no day at all"
    rows = ", ".join(f"{counts.get(table, 0):,} {table}" for table in ("stops", "routes", "trips"))
    typer.echo(f"{feed['name']}: {rows}, {days}, {kept['timeZone']}")
    for warning in kept["warnings"][:_SHOWN]:
        where = f"{warning['file']} {warning['field'] or ''}".strip()
        rows = f" (row {', '.join(map(str, warning['rows'][:3]))})" if warning["rows"] else ""
        typer.echo(f"  {where}: {warning['detail']} {warning['count']} times{rows}")


def osm(  # noqa: PLR0913 - one parameter an option
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="An OpenStreetMap extract, .osm.pbf.")],
    *,
    name: Name = None,
    json: Json = False,
    url: Url = None,
    key: Key = None,
    authority: Authority = None,
    data: Data = None,
) -> None:
    """Load a map: an OpenStreetMap extract in PBF. Ways on foot then follow its streets."""
    with front_door("ucity load osm", url=url, key=key, authority=authority, data=data) as city:
        feed = _sent(city, file, name, FeedFormat.OSM)
    if json:
        write_json(feed)
    else:
        typer.echo(f"{feed['name']}: {feed['file']['bytes']:,} bytes")


def _sent(city: Any, file: Path, name: str | None, format_: FeedFormat) -> dict[str, Any]:
    """What the city says of the file, which is shown on its way."""
    path = f"/api/v1/feeds/{name or named_after(file.name)}/file"
    size = file.stat().st_size
    shown = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*shown, console=Console(stderr=True)) as progress:
        task = progress.add_task("sending", total=size)
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        content = _pieces(file, progress, task)
        answer = ask(city, "PUT", path, params={"format": format_.value}, content=content, headers=headers)
    feed: dict[str, Any] = answer.json()
    return feed


def _pieces(file: Path, progress: Progress, task: TaskID) -> Iterator[bytes]:
    with file.open("rb") as data:
        while piece := data.read(_PIECE):
            yield piece
            progress.update(task, advance=len(piece))
    progress.update(task, description="the city looks at it")
