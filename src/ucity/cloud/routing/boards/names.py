"""What feeds call things, in every language that they have a word for it in.

Source: GTFS Schedule reference, translations.txt; a translation of one record goes before one of a value.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from ucity.blueprint.boards import Texts
from ucity.network.feeds.gtfs import Gtfs

UNKNOWN = "und"
"""BCP 47 for a language that is not known."""
_MANY = "mul"


@dataclass(frozen=True, slots=True)
class Names:
    """``languages``: of each feed, the one that its texts are in. ``by_record`` and ``by_value``: translations by
    (feed, table.field, record or value)."""

    languages: Mapping[str, str]
    by_record: Mapping[tuple[str, str, str], Texts]
    by_value: Mapping[tuple[str, str, str], Texts]

    def texts(self, feed: str, field: str, value: str, record: str | None = None) -> Texts:
        """A text of a feed in all its languages; nothing for an empty one. ``field``: as in ``stops.stop_name``."""
        if not value:
            return {}
        own = self.by_record.get((feed, field, record)) if record else None
        other = own or self.by_value.get((feed, field, value)) or {}
        return {self.languages.get(feed, UNKNOWN): value, **other}


def names_of(feeds: Mapping[str, Gtfs]) -> Names:
    """The names in these feeds."""
    by_record: dict[tuple[str, str, str], Texts] = {}
    by_value: dict[tuple[str, str, str], Texts] = {}
    for feed, gtfs in feeds.items():
        rows = gtfs.translations.select(
            pl.concat_str("table_name", "field_name", separator="."),
            "language",
            "translation",
            "record_id",
            "field_value",
        )
        for field, language, said, record, value in rows.iter_rows():
            if record:
                by_record.setdefault((feed, field, record), {})[language] = said
            elif value:
                by_value.setdefault((feed, field, value), {})[language] = said
    return Names({feed: _language(gtfs) for feed, gtfs in feeds.items()}, by_record, by_value)


def _language(gtfs: Gtfs) -> str:
    told = [*gtfs.feed_info["default_lang"], *gtfs.feed_info["feed_lang"], *gtfs.agency["agency_lang"]]
    return next((language for language in told if language and language != _MANY), UNKNOWN)
