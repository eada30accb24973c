"""``ucity feed``: timetables, real-time messages and maps that a city fetches by URL."""

from datetime import datetime
from typing import Annotated, Any

import typer

from ucity.commands.front_door import Authority, Key, Url, ask, front_door
from ucity.commands.output import write_fields, write_json, write_table
from ucity.commands.running import Data, Json
from ucity.errors import BadInput
from ucity.network.feeds.formats import FeedFormat

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Feeds that the city fetches: timetables, real-time messages, maps.",
)
_FEEDS = "/api/v1/feeds"
Name = Annotated[str, typer.Argument(metavar="NAME|URL", help="As 'ucity feed list' shows it.")]


@app.command()
def add(  # noqa: PLR0913 - one parameter an option
    address: Annotated[str, typer.Argument(metavar="URL", help="Where the feed is fetched from.")],
    *,
    name: Annotated[str | None, typer.Option(help="a-z, 0-9 and -; after the URL unless given.")] = None,
    as_: Annotated[
        FeedFormat | None, typer.Option("--as", help="What it is; by the look of the URL unless given.")
    ] = None,
    timetable: Annotated[
        str | None, typer.Option(help="Name of the feed whose trips a real-time feed speaks of.")
    ] = None,
    every: Annotated[int | None, typer.Option(min=1, help="Seconds between looks at the URL.")] = None,
    header: Annotated[
        list[str] | None, typer.Option(help="'Name: value' for its server, e.g. a key; can be repeated.")
    ] = None,
    json: Json = False,
    url: Url = None,
    key: Key = None,
    authority: Authority = None,
    data: Data = None,
) -> None:
    """Add a feed. The city fetches it within seconds, and from then on when it is time."""
    wish: dict[str, Any] = {"url": address, "name": name, "format": as_, "timetable": timetable, "every": every}
    wish["headers"] = dict(map(_header, header)) if header else None
    with front_door("ucity feed add", url=url, key=key, authority=authority, data=data) as city:
        added = ask(city, "POST", _FEEDS, json=wish).json()
    if json:
        write_json(added)
    else:
        write_fields({name: added[name] for name in ("name", "format", "timetable", "every", "state")})


@app.command("list")
def list_(
    *, json: Json = False, url: Url = None, key: Key = None, authority: Authority = None, data: Data = None
) -> None:
    """List feeds with their states."""
    with front_door("ucity feed list", url=url, key=key, authority=authority, data=data) as city:
        feeds = ask(city, "GET", _FEEDS).json()["feeds"]
    if json:
        write_json(feeds)
        return
    columns = ("name", "format", "state", "since", "last day", "what is wrong", "url")
    write_table(columns, [_row(feed) for feed in feeds])


@app.command()
def remove(name: Name, *, url: Url = None, key: Key = None, authority: Authority = None, data: Data = None) -> None:
    """Remove a feed with its files. Readings that came from it stay."""
    with front_door("ucity feed remove", url=url, key=key, authority=authority, data=data) as city:
        ask(city, "DELETE", f"{_FEEDS}/{_named(ask(city, 'GET', _FEEDS).json()['feeds'], name)}")


def _named(feeds: list[dict[str, Any]], name: str) -> str:
    """The name of the feed that is called this or fetched from there."""
    for feed in feeds:
        if name in (feed["name"], feed["url"]):
            return str(feed["name"])
    raise BadInput(f"There is no feed {name!r}.")


def _row(feed: dict[str, Any]) -> tuple[Any, ...]:
    file = feed["file"] or {}
    told = feed["failingSince"] or feed["messageMadeAt"] or feed["messageReceivedAt"] or file.get("receivedAt")
    since = datetime.fromisoformat(told) if told else None
    warnings = sum(each["count"] for each in file.get("warnings", ()))
    wrong = feed["detail"] or (f"{warnings} warnings" if warnings else _unknown(feed["matching"]))
    return feed["name"], feed["format"], feed["state"], since, file.get("lastDay"), wrong, feed["url"]


def _unknown(matching: dict[str, Any] | None) -> str | None:
    """What the timetable does not have of what a feed names."""
    if not matching or not matching["unknown"]:
        return None
    stops, lines = (matching[each] - matching[f"{each}Known"] for each in ("stops", "lines"))
    return f"not in the timetable: {stops} of {matching['stops']} stops, {lines} of {matching['lines']} lines"


def _header(said: str) -> tuple[str, str]:
    name, colon, value = said.partition(":")
    if not colon:
        raise BadInput(f"A header is 'Name: value', and {name[:20]!r} has no colon.")
    return name.strip(), value.strip()
