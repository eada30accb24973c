"""``gbfs.json``: which documents a system has, and where."""

from urllib.parse import urljoin

from ucity.network.feeds.gbfs.documents import opened
from ucity.network.feeds.refusal import FeedRefused, Reason

NEEDED = ("station_information", "station_status")
WANTED = (*NEEDED, "system_information", "vehicle_types", "free_bike_status", "vehicle_status")
"""What is read of a system; the last two are the same, before and since version 3."""
_LANGUAGES = ("ko", "en")
_MOST = 200


def listed(body: bytes, url: str) -> dict[str, str]:
    """The addresses of the documents that are wanted, by name. ``url``: of ``gbfs.json`` itself. Raises FeedRefused."""
    data = opened(body, "gbfs.json").data
    found: dict[str, str] = {}
    for each in _feeds(data)[:_MOST]:
        if isinstance(each, dict) and each.get("name") in WANTED and isinstance(each.get("url"), str):
            found.setdefault(each["name"], _joined(url, each["url"]))
    missing = [name for name in NEEDED if name not in found]
    if missing:
        raise FeedRefused(Reason.MISSING_FILE, f"It names no {missing[0]}.json.", file="gbfs.json")
    return found


def _feeds(data: object) -> list[object]:
    """Since version 3 a list; before, one for each language."""
    if not isinstance(data, dict):
        return []
    if isinstance(data.get("feeds"), list):
        return list(data["feeds"])
    for language in (*_LANGUAGES, *data):
        told = data.get(language)
        if isinstance(told, dict) and isinstance(told.get("feeds"), list):
            return list(told["feeds"])
    return []


def _joined(base: str, url: str) -> str:
    try:
        return urljoin(base, url)
    except ValueError:
        raise FeedRefused(Reason.ADDRESS_REFUSED, "It names an address that is not a URL.", file="gbfs.json") from None
