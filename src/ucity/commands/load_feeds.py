"""``ucity load gtfs``, ``gtfs-realtime`` and ``osm``: a feed's file into a running city."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TaskID, TextColumn, TransferSpeedColumn

from ucity.cloud.ioc.collect.feeds.door import named_after
from ucity.commands.front_door import Authority, Key, Url, ask, front_door
from ucity.commands.output import write_fields, write_json
from ucity.commands.running import Data, Json
from ucity.network.feeds.formats import FeedFormat

_PIECE = 256 * 1024
_SHOWN = 20
Name = Annotated[
    str | None, typer.Option(help="Of the feed: a-z, 0-9 and -; after the file unless given. The same name replaces.")
]

Timetable = Annotated[
    str | None,
    typer.Option(help="Name of the feed whose trips and stops the message speaks of, unless there is only one."),
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


def gtfs_realtime(  # noqa: PLR0913 - one parameter an option
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="A GTFS-Realtime message: protobuf or JSON.")
    ],
    *,
    name: Name = None,
    timetable: Timetable = None,
    json: Json = False,
    url: Url = None,
    key: Key = None,
    authority: Authority = None,
    data: Data = None,
) -> None:
    """Load a real-time message: what goes on now. It takes the place of the one before of the same name."""
    with front_door("ucity load gtfs-realtime", url=url, key=key, authority=authority, data=data) as city:
        feed = _sent(city, file, name, FeedFormat.REALTIME, timetable)
    if json:
        write_json(feed)
    else:
        write_fields({name: feed[name] for name in ("name", "timetable", "messageMadeAt", "state")})


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


def _sent(city: Any, file: Path, name: str | None, format_: FeedFormat, timetable: str | None = None) -> dict[str, Any]:
    """What the city says of the file, which is shown on its way."""
    path = f"/api/v1/feeds/{name or named_after(file.name)}/file"
    size = file.stat().st_size
    shown = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*shown, console=Console(stderr=True)) as progress:
        task = progress.add_task("sending", total=size)
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        content = _pieces(file, progress, task)
        params = {"format": format_.value} | ({"timetable": timetable} if timetable else {})
        answer = ask(city, "PUT", path, params=params, content=content, headers=headers)
    feed: dict[str, Any] = answer.json()
    return feed


def _pieces(file: Path, progress: Progress, task: TaskID) -> Iterator[bytes]:
    with file.open("rb") as data:
        while piece := data.read(_PIECE):
            yield piece
            progress.update(task, advance=len(piece))
    progress.update(task, description="the city looks at it")
