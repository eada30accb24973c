"""Names in a subscription, part by part, with the IRIs that they stood for when it was made.

They are kept beside the document, so that what a subscription means depends on no context being available later.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ucity.cloud.ioc.api.ngsi.names import Names

SECTIONS = (
    *("entities", "watchedAttributes", "q", "csf", "expandValues", "jsonKeys", "geoQ"),
    *("attributes", "pick", "omit"),
)
"""Parts of a subscription that hold names; the last three belong to its ``notification``."""
IN_NOTIFICATION = frozenset({"attributes", "pick", "omit"})
NamesOf = Callable[[str], Names]
"""The names to read a part with."""


class RecordingNames(Names):
    """The names of a context, which remember those that were expanded."""

    def __init__(self, names: Names) -> None:
        super().__init__({}, {}, "")
        self._names = names
        self.used: dict[str, str] = {}

    def expand(self, name: str) -> str:
        """See ``Names``."""
        found = self.used[name] = self._names.expand(name)
        return found


def kept_names(terms: Mapping[str, Mapping[str, str]]) -> NamesOf:
    """Names as they were kept with a subscription."""
    return lambda section: Names(terms.get(section, {}), {}, "")


class Recorder:
    """Reads parts that a request gives with its names, and others with those that were kept."""

    def __init__(self, names: Names, given: frozenset[str], kept: Mapping[str, Mapping[str, str]]) -> None:
        self._names, self._given, self._kept = names, given, kept
        self._recording: dict[str, RecordingNames] = {}

    def __call__(self, section: str) -> Names:
        """The names for a part."""
        if section not in self._recording:
            names = self._names if section in self._given else Names(self._kept.get(section, {}), {}, "")
            self._recording[section] = RecordingNames(names)
        return self._recording[section]

    def terms(self) -> dict[str, dict[str, str]]:
        """What was used, to be kept."""
        return {section: names.used for section, names in self._recording.items() if names.used}


def sections_in(document: Mapping[str, Any]) -> frozenset[str]:
    """The parts that a document or a fragment of one gives."""
    inner = document.get("notification")
    inside = IN_NOTIFICATION & inner.keys() if isinstance(inner, dict) else frozenset()
    geo = document.get("geoQ")
    outside = set(SECTIONS) - IN_NOTIFICATION - {"geoQ"}
    renamed = {"geoQ"} if isinstance(geo, dict) and "geoproperty" in geo else set()
    # Which values of the query are names to be expanded is said elsewhere.
    queried = {"q"} if "expandValues" in document else set()
    return frozenset((outside & document.keys()) | renamed | queried | inside)
