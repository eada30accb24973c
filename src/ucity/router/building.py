"""From the files of feeds to a network in force. Takes seconds and memory: for a thread, beside the one in force.

timetables = read_timetables(files)     # boards stand on these alone
built = build_upon(timetables, files)   # and ways on streets, and on a search that is compiled for the machine
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ucity.cloud.ioc.store.feeds import Version
from ucity.cloud.routing.boards import Boards, names_of
from ucity.cloud.routing.fares import AnyFares, fares_of
from ucity.cloud.routing.live import Live
from ucity.cloud.routing.loading import load
from ucity.cloud.routing.network import joined, read_streets
from ucity.cloud.routing.office import InForce
from ucity.cloud.routing.streets import BadExtract, Streets
from ucity.cloud.routing.wire import FeedUsed
from ucity.network.feeds.formats import FeedFormat
from ucity.network.feeds.gtfs import Gtfs, read
from ucity.network.feeds.refusal import FeedRefused
from ucity.router.ways import NetworkWays


@dataclass(frozen=True)
class KeptStreets:
    """Streets and the file that they are of: they seldom change, timetables often."""

    version: Version | None = None
    streets: Streets | None = None

    def of(self, version: Version, file: Path) -> "KeptStreets":
        """The streets of this file, these ones when they are its. Raises BadExtract, OSError."""
        if self.version and version.sha256 == self.version.sha256:
            return self
        return KeptStreets(version, read_streets(file))


@dataclass(frozen=True)
class Timetables:
    """What is read of timetables before ways are sought; the feeds as they came are let go of. ``boards`` None: none
    could be read. ``troubles``: what was left out, and why."""

    boards: Boards | None
    fares: dict[str, AnyFares]
    versions: tuple[Version, ...]
    troubles: tuple[str, ...]


@dataclass(frozen=True)
class Built:
    """``in_force`` None: no timetable could be read. ``troubles``: what was left out, and why."""

    in_force: InForce | None
    streets: KeptStreets
    troubles: tuple[str, ...]


def build(files: Sequence[tuple[Version, Path]], kept: KeptStreets | None = None) -> Built:
    """The network of these feeds, as the timetable has it. The newest extract of streets counts. A feed that cannot be
    read is left out, so that it does not take the others away."""
    return build_upon(read_timetables(files), files, kept)


def read_timetables(files: Sequence[tuple[Version, Path]]) -> Timetables:
    """Those among these files that can be read."""
    troubles: list[str] = []
    read_ones = _timetables(files, troubles)
    if not read_ones:
        return Timetables(None, {}, (), tuple(troubles))
    feeds = {version.feed: gtfs for version, gtfs in read_ones}
    timetable = load(feeds)
    return Timetables(
        boards=Boards(timetable, names_of(feeds)),
        fares={feed: fares_of(feed, gtfs) for feed, gtfs in feeds.items()},
        versions=tuple(version for version, _ in read_ones),
        troubles=tuple(troubles),
    )


def build_upon(timetables: Timetables, files: Sequence[tuple[Version, Path]], kept: KeptStreets | None = None) -> Built:
    """The network of timetables that have been read, and of the newest streets among the files."""
    troubles = list(timetables.troubles)
    streets = _streets(files, kept or KeptStreets(), troubles)
    if timetables.boards is None:
        return Built(None, streets, tuple(troubles))
    network = joined(timetables.boards.timetable, streets.streets)
    used = [*timetables.versions, *([streets.version] if streets.version else [])]
    ways = NetworkWays(network, Live())
    ways.warm(datetime.now(UTC))
    in_force = InForce(
        ways=ways,
        boards=timetables.boards,
        fares=timetables.fares,
        feeds=tuple(FeedUsed(feed=version.feed, version=version.sha256[:12]) for version in used),
        built_at=datetime.now(UTC),
    )
    return Built(in_force, streets, tuple(troubles))


def _timetables(files: Sequence[tuple[Version, Path]], troubles: list[str]) -> list[tuple[Version, Gtfs]]:
    found = []
    for version, file in files:
        if version.format is FeedFormat.GTFS:
            try:
                found.append((version, read(file)))
            except FeedRefused as error:
                troubles.append(f"{version.feed}: {error}")
    return found


def _streets(files: Sequence[tuple[Version, Path]], kept: KeptStreets, troubles: list[str]) -> KeptStreets:
    extracts = [each for each in files if each[0].format is FeedFormat.OSM]
    if not extracts:
        return KeptStreets()
    version, file = max(extracts, key=lambda each: each[0].id)
    try:
        return kept.of(version, file)
    except BadExtract as error:
        troubles.append(f"{version.feed}: {error}")
        return KeptStreets()
