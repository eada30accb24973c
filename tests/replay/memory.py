"""Readings in memory, newest version of each, records, and the rules over them. It is a ``blueprint.City`` as well."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import polars as pl

from replay.network import SmallNetwork
from ucity.blueprint import Given, JourneyQuery, Readings, Records, Rows, Rule, Service, Stream, Told
from ucity.blueprint.boards import Transit
from ucity.blueprint.frames import columns_of, columns_of_records, empty, shaped
from ucity.blueprint.records import KeyValue
from ucity.cloud.ioc.store.records import checked
from ucity.cloud.routing.boards.asking import AskedBoards

KEY = ["subject", "observed_at"]


class Memory:
    """The readings of one service. ``name`` is ``sector/name``; ``clock`` what the city's clock shows; ``districts``
    maps subjects to districts; ``ways`` are the journeys that there are, whatever is asked for."""

    def __init__(self, name: str, service: Service, *, clock: datetime | None = None) -> None:
        self.name, self.service = name, service
        self.clock = clock or datetime(2026, 11, 24, 12, tzinfo=UTC)
        self.districts: dict[str, str] = {}
        self.places: dict[str, tuple[float, float]] = {}
        self.events: list[str] = []
        self.ways: tuple[Told, ...] = ()
        self.zone: tzinfo = ZoneInfo("Asia/Seoul")
        self._frames = {stream.name: empty(name, stream).frame for stream in service.streams}
        self._rows = {each.name: pl.DataFrame(schema=columns_of_records(each)) for each in service.records}

    def tell(self, stream: Stream, frame: pl.DataFrame) -> None:
        """Take readings in and run every rule that they wake, and those that these wake in turn."""
        news = [shaped(self.name, stream, frame)]
        while news:
            new = self._kept(news.pop(0))
            if not len(new):
                continue
            for rule in self.service.rules:
                if rule.on is new.stream:
                    effects = rule.then(self.given(rule, new))
                    news += effects.readings
                    self.events += [event.key for event in effects.events]
                    for rows in effects.records:
                        self._put(rows)

    def given(self, rule: Rule, new: Readings) -> Given:
        """What the rule would receive on these new readings."""
        since = new.frame["observed_at"].min()
        until = new.frame["observed_at"].max()
        assert isinstance(since, datetime)
        assert isinstance(until, datetime)
        span = (since - rule.window, until + rule.window)
        subjects = new.frame["subject"].unique()
        around = self._between(rule.on, *span).filter(pl.col("subject").is_in(subjects.implode()))
        if rule.around is not None:
            around = around.select("subject", "observed_at", "lon", "lat", *rule.around)
        also = {each.name: self._between(each, *span) for each in rule.also}
        return Given(new=new, around=around, also=also, zone=self.zone)

    def frame(self, stream: Stream) -> pl.DataFrame:
        """Everything known of a stream, in order of subject and time."""
        return self._frames[stream.name]

    def rows(self, records: Records) -> pl.DataFrame:
        """Every row of a table, in order of its key."""
        return self._rows[records.name]

    def _put(self, rows: Rows) -> None:
        key = [part.name for part in rows.records.key]
        known = self._rows[rows.records.name]
        self._rows[rows.records.name] = pl.concat([known, checked(rows)]).unique(key, keep="last").sort(key)

    def _kept(self, new: Readings) -> Readings:
        """Store the readings; returns those that say anything new. A value is replaced, never taken away."""
        known = self._frames[new.stream.name]
        arrived = new.frame.unique(KEY, keep="last", maintain_order=True)
        values = [name for name in columns_of(new.stream) if name not in KEY]
        merged = arrived.join(known, on=KEY, how="left", suffix="_known", maintain_order="left").with_columns(
            pl.coalesce(name, f"{name}_known") for name in values
        )
        changed = merged.filter(
            pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_known")) for name in values)
        ).select(known.columns)
        rest = known.join(changed, on=KEY, how="anti")
        self._frames[new.stream.name] = pl.concat([rest, changed]).sort(KEY)
        if not new.stream.moves:
            self._move(known, arrived)
        return Readings(self.name, new.stream, changed)

    def _move(self, known: pl.DataFrame, arrived: pl.DataFrame) -> None:
        """Things that stand still are where their newest reading says; a late one is out of date."""
        newest = dict(known.group_by("subject").agg(pl.col("observed_at").max()).iter_rows())
        told = arrived.sort("observed_at").select("subject", "observed_at", "lon", "lat").drop_nulls()
        for subject, time, lon, lat in told.iter_rows():
            if time >= newest.get(subject, time):
                self.places[subject] = (lon, lat)

    def _between(self, stream: Stream, since: datetime, until: datetime) -> pl.DataFrame:
        frame = self._frames[stream.name].filter(pl.col("observed_at").is_between(since, until))
        return frame if stream.moves else self._placed(frame)

    def _placed(self, frame: pl.DataFrame) -> pl.DataFrame:
        places = self.places
        lon = {subject: place[0] for subject, place in places.items()}
        lat = {subject: place[1] for subject, place in places.items()}
        return frame.with_columns(
            lon=pl.col("subject").replace_strict(lon, default=None, return_dtype=pl.Float64),
            lat=pl.col("subject").replace_strict(lat, default=None, return_dtype=pl.Float64),
        )

    async def current(self, stream: Stream, *, district: str | None = None) -> pl.DataFrame:
        """See ``blueprint.City.current``."""
        frame = self._frames[stream.name]
        newest = frame.group_by("subject").agg(
            pl.col("observed_at").max(),
            *(pl.col(name).drop_nulls().last() for name in (*stream.by_key, *stream.labels)),
            *(pl.col(name).drop_nulls().last() for name in ("lon", "lat")),
        )
        placed = newest.with_columns(
            id=pl.concat_str(pl.lit(stream.entity_id("")), "subject"),
            district=pl.col("subject").replace_strict(self.districts, default=None, return_dtype=pl.String),
        ).sort("id")
        here = placed if district is None else placed.filter(pl.col("district") == district)
        names = ["id", "subject", "district", "lon", "lat", "observed_at", *stream.by_key, *stream.labels]
        return here.select(names)

    async def history(
        self,
        stream: Stream,
        *,
        since: datetime,
        until: datetime,
        subjects: tuple[str, ...] | None = None,
        measures: tuple[str, ...] | None = None,
    ) -> pl.DataFrame:
        """See ``blueprint.City.history``."""
        frame = self._between(stream, since, until - timedelta(microseconds=1))
        mine = frame if subjects is None else frame.filter(pl.col("subject").is_in(list(subjects)))
        wanted = [name for name in stream.by_key if measures is None or name in measures]
        return mine.select("subject", "observed_at", "lon", "lat", *wanted)

    async def records(
        self,
        records: Records,
        *,
        having: Mapping[str, Collection[KeyValue]] | None = None,
        between: Mapping[str, tuple[KeyValue, KeyValue]] | None = None,
    ) -> pl.DataFrame:
        """See ``blueprint.City.records``."""
        rows = self.rows(records)
        for name, values in (having or {}).items():
            rows = rows.filter(pl.col(name).is_in(list(values)))
        for name, ends in (between or {}).items():
            rows = rows.filter(pl.col(name).is_between(*ends))
        return rows

    @property
    def transit(self) -> Transit:
        """See ``blueprint.City.transit``: that of the small network."""
        return AskedBoards(SmallNetwork(), self.now)

    async def journeys(self, _: JourneyQuery) -> tuple[Told, ...]:
        """See ``blueprint.City.journeys``."""
        return self.ways

    def now(self) -> datetime:
        """See ``blueprint.City.now``."""
        return self.clock
