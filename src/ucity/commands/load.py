"""``ucity load``: readings from a CSV file into a running city, through its front door; files of feeds too."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from ucity.cloud.ioc.manage.runtime import read_runtime
from ucity.commands import load_options as options
from ucity.commands.csv_rows import ColumnMap, Row, Table, batches, opened
from ucity.commands.lazy import DefaultGroup
from ucity.commands.load_feeds import gtfs, gtfs_realtime, osm
from ucity.commands.running import Data
from ucity.commands.sender import Sender
from ucity.errors import BadInput
from ucity.settings import load_settings

app = typer.Typer(
    cls=DefaultGroup,
    no_args_is_help=True,
    add_completion=False,
    help="Load a file: readings from CSV ('ucity load FILE' is 'ucity load readings FILE'), or a feed's.",
)
app.command()(gtfs)
app.command("gtfs-realtime")(gtfs_realtime)
app.command()(osm)
_SHOWN = 10


@app.command("readings")
def load(  # noqa: PLR0913 - one parameter an option
    file: options.File,
    *,
    stream: options.Stream,
    time_column: options.Time,
    time_zone: options.TimeZone = "UTC",
    time_format: options.TimeFormat = None,
    subject: options.Subject = None,
    subject_column: options.SubjectColumn = None,
    column: options.Column = None,
    unit: options.Units = None,
    lon: options.Lon = None,
    lat: options.Lat = None,
    missing: options.Missing = None,
    delimiter: options.Delimiter = ",",
    batch: options.Batch = 5000,
    url: options.Url = None,
    key: options.Key = None,
    authority: options.Authority = None,
    patience: options.Patience = 600,
    rejects: options.Rejects = None,
    data: Data = None,
) -> None:
    """Load readings from a CSV file. Loading the same file again does no harm: the city knows repeats.

    Exit code 1 when anything was rejected.
    """
    columns = ColumnMap(
        time=time_column,
        zone=_zone(time_zone),
        time_format=time_format,
        subject=subject,
        subject_column=subject_column,
        lon=lon,
        lat=lat,
        measures=_pairs(column),
        units=_pairs(unit),
        missing=frozenset(missing or ()),
    )
    outcome = Outcome(rejects or file.with_name(f"{file.name}.rejected.ndjson"))
    url, authority = _city(url, authority, data)
    with opened(file, delimiter) as table, Sender(url, key=key, authority=authority, patience=patience) as sender:
        columns = columns.completed(sender.stream(stream), table.columns)
        _load(Loading(sender, stream, outcome), columns, table, batch)
    outcome.tell()
    if outcome.rejected:
        raise typer.Exit(1)


@dataclass
class Outcome:
    """What has become of the rows so far. Rejected ones go to ``file``, which is made when the first one comes."""

    file: Path
    accepted: int = 0
    rejected: int = 0
    problems: int = 0
    first: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def add(self, rows: Sequence[Row], accepted: int, problems: Sequence[dict[str, Any]]) -> None:
        """Count one batch."""
        self.accepted += accepted
        self.rejected += len({problem["index"] for problem in problems})
        if not problems:
            return
        with self.file.open("ab" if self.problems else "wb") as out:
            for problem in problems:
                row = rows[problem.pop("index")]
                out.write(msgspec.json.encode({"line": row.line, **problem, "reading": row.reading}) + b"\n")
                if len(self.first) < _SHOWN:
                    self.first.append(f"line {row.line}: {problem['detail']}")
        self.problems += len(problems)

    def tell(self) -> None:
        """Say it to whoever loads."""
        seconds = time.monotonic() - self.began
        typer.echo(f"{self.accepted} readings accepted in {seconds:.1f} s ({self.accepted / seconds:,.0f} a second)")
        if not self.rejected:
            return
        typer.echo(f"{self.rejected} rows rejected, wholly or in part:")
        for line in self.first:
            typer.echo(f"  {line}")
        if self.problems > len(self.first):
            typer.echo(f"  and {self.problems - len(self.first)} more problems")
        typer.echo(f"All of them are in {self.file}, and in the city's quarantine.")


class Loading(NamedTuple):
    """Where the readings go, and what becomes of them."""

    sender: Sender
    stream: str
    outcome: Outcome


def _load(into: Loading, columns: ColumnMap, table: Table, batch: int) -> None:
    shown = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*shown, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=table.size)

        def wait(seconds: float, why: str) -> None:
            progress.update(task, description=f"waiting {seconds:.0f} s: {why}")
            time.sleep(seconds)

        into.sender.wait = wait
        for rows in batches((Row(line, columns.reading(row)) for line, row in table.rows), batch):
            answer = into.sender.send(into.stream, [row.reading for row in rows])
            into.outcome.add(rows, answer.accepted, answer.rejected)
            progress.update(task, completed=table.done(), description=f"{into.outcome.accepted:,} accepted")


def _city(url: str | None, authority: Path | None, data: Path | None) -> tuple[str, Path | None]:
    if url:
        return url, authority
    runtime = read_runtime(load_settings(data=data).data)
    if runtime is None:
        raise BadInput("No city runs on this machine: name one with --url.")
    own = runtime.certificate_authority
    return runtime.url, authority or (Path(own) if own else None)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise BadInput(f"There is no time zone {name!r}. Examples: UTC, Asia/Seoul.") from error


def _pairs(given: options.Pairs) -> dict[str, str]:
    pairs = {}
    for each in given or ():
        name, equals, value = each.partition("=")
        if not (name and equals and value):
            raise BadInput(f"{each!r} is not of the form measure=...")
        pairs[name] = value
    return pairs
