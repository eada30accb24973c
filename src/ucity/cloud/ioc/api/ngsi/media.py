"""Media types and the Link header of requests.

Source: ETSI GS CIM 009 V1.9.1, clauses 6.3.4 and 6.3.5; RFC 8288; RFC 9110, 12.5.1.
"""

import re
from functools import lru_cache

from ucity.cloud.ioc.api.ngsi.core_context import CORE_URL
from ucity.cloud.ioc.api.ngsi.errors import BadRequestData, NotAcceptable
from ucity.cloud.ioc.api.ngsi.lexical import is_web_address

JSON = "application/json"
LD_JSON = "application/ld+json"
GEO_JSON = "application/geo+json"
MERGE_PATCH = "application/merge-patch+json"
OFFERED = (JSON, LD_JSON, GEO_JSON)
"""What entities are given as, the preferred one first."""
WITHOUT_PLACES = (JSON, LD_JSON)
"""What everything else is given as."""

CONTEXT_RELATION = "http://www.w3.org/ns/json-ld#context"
_LINK = re.compile(r'<([^<>]*)>((?:\s*;\s*[^\s;,="]+\s*=\s*(?:"[^"]*"|[^\s;,"]*))*)')
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]*))', re.IGNORECASE)
_LONGEST = 8192


def media_type(header: str | None) -> str:
    """The type of a Content-Type header, without its parameters."""
    return (header or "").partition(";")[0].strip().lower()


@lru_cache(maxsize=512)
def negotiated(accept: str | None, offered: tuple[str, ...] = OFFERED) -> str:
    """The media type to answer with. Raises NotAcceptable."""
    if accept is None or not accept.strip():
        return JSON
    ranges = [_range(each) for each in accept.split(",")[:100]]
    quality = {offer: _quality(offer, ranges) for offer in offered}
    best = max(offered, key=lambda offer: quality[offer])
    if quality[best] <= 0:
        raise NotAcceptable(f"The answer comes as {' or '.join(offered)}.", available=list(offered))
    return best


def _range(text: str) -> tuple[str, float]:
    media, *parameters = text.split(";")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return media.strip().lower(), float(value)
            except ValueError:
                return media.strip().lower(), 0.0
    return media.strip().lower(), 1.0


def _quality(offer: str, ranges: list[tuple[str, float]]) -> float:
    """The weight that the most specific matching range gives."""
    for pattern in (offer, f"{offer.partition('/')[0]}/*", "*/*"):
        weights = [weight for media, weight in ranges if media == pattern]
        if weights:
            return max(weights)
    return 0.0


@lru_cache(maxsize=512)
def linked_context(header: str | None) -> str | None:
    """URL of the JSON-LD context that a Link header names; None when it names none."""
    if not header:
        return None
    if len(header) > _LONGEST:
        raise BadRequestData(f"The Link header is longer than {_LONGEST} characters.")
    targets = [target for target, parameters in _LINK.findall(header) if _is_context(parameters)]
    if len(targets) > 1:
        raise BadRequestData("The Link header names more than one JSON-LD @context.")
    if targets and not is_web_address(targets[0]):
        raise BadRequestData("The Link header's @context is no http or https URL.")
    return targets[0] if targets else None


def _is_context(parameters: str) -> bool:
    found = _REL.search(parameters)
    return found is not None and CONTEXT_RELATION in (found[1] or found[2] or "").split()


@lru_cache(maxsize=512)
def context_link(url: str | None) -> str:
    """The Link header of an answer: the request's context, or the core one."""
    return f'<{url or CORE_URL}>; rel="{CONTEXT_RELATION}"; type="{LD_JSON}"'
