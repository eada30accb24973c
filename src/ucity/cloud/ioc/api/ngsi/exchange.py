"""One HTTP request and its answer: who asks, for which tenant, with which context, and what is said in the body.

Source: ETSI GS CIM 009 V1.9.1, clauses 6.3.3 to 6.3.6 and 6.3.14.
"""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope

from ucity.cloud.ioc.api.ngsi.core_context import CORE_URL, without_core
from ucity.cloud.ioc.api.ngsi.errors import (
    BadRequestData,
    InvalidRequest,
    LdContextNotAvailable,
    LengthRequired,
    ResourceNotFound,
    problem,
)
from ucity.cloud.ioc.api.ngsi.lexical import shown
from ucity.cloud.ioc.api.ngsi.media import (
    GEO_JSON,
    JSON,
    LD_JSON,
    MERGE_PATCH,
    WITHOUT_PLACES,
    context_link,
    linked_context,
    media_type,
    negotiated,
)
from ucity.cloud.ioc.policy import ANYONE, Principal
from ucity.errors import TooLarge, UcityError, UnsupportedMedia
from ucity.network.http.asgi import headers_of, state_of

_encode = msgspec.json.Encoder().encode
_WRITES = {"POST": (JSON, LD_JSON), "PUT": (JSON, LD_JSON), "PATCH": (JSON, LD_JSON, MERGE_PATCH)}
_MANY_DIGITS = re.compile(rb"\d{300}")
_BODILESS = (LengthRequired, UnsupportedMedia)
LONGEST_TENANT = 200
"""Characters in the name of a tenant."""


@dataclass(frozen=True)
class Exchange:
    """``headers``: names in lower case; a repeated one joined by commas. ``path``: the variables in the address."""

    scope: Scope
    receive: Receive
    headers: Mapping[str, str]
    who: Principal

    @property
    def method(self) -> str:
        """The HTTP method."""
        return str(self.scope["method"])

    @property
    def path(self) -> Mapping[str, str]:
        """The variables in the address."""
        return self.scope["path_params"]  # type: ignore[no-any-return]  # Starlette's scope is untyped

    @property
    def query(self) -> bytes:
        """The query string."""
        return self.scope["query_string"]  # type: ignore[no-any-return]  # as above

    @property
    def address(self) -> str:
        """The address without its query, as a client sees it."""
        return str(self.scope["path"])

    @property
    def tenant(self) -> str:
        """The tenant that the request names, or else the asker's own. Raises BadRequestData for what names none."""
        named = self.headers.get("ngsild-tenant") or self.who.tenant
        if len(named) > LONGEST_TENANT:
            raise BadRequestData(f"The name of a tenant has at most {LONGEST_TENANT} characters.")
        return named

    def check_snapshot(self) -> None:
        """Raise when the request is about a snapshot (clause 6.3.22): there are none, and it must not be taken for one
        about what is."""
        if named := self.headers.get("ngsild-snapshot"):
            raise ResourceNotFound(f"There is no snapshot {shown(named)}.")

    def check_no_places(self) -> None:
        """Raise when the client takes nothing but GeoJSON, for an operation that has none (clause 6.3.4)."""
        if {media_type(each) for each in self.headers.get("accept", "").split(",")} == {GEO_JSON}:
            negotiated(GEO_JSON, WITHOUT_PLACES)

    def linked_context(self) -> str | None:
        """URL of the context in the Link header."""
        return linked_context(self.headers.get("link"))


def exchange(scope: Scope, receive: Receive) -> Exchange:
    """The exchange of an ASGI request. The principal is put into the scope's state by whoever authenticates."""
    return Exchange(scope, receive, headers_of(scope), state_of(scope).get("principal", ANYONE))


@dataclass(frozen=True)
class Sent:
    """A body, decoded. ``is_ld``: its context is inside; otherwise it is ``link``, or the core one."""

    data: Any
    is_ld: bool
    link: str | None

    def context_of(self, item: Any) -> Any:
        """The context of the body, or of one of the entities in it. Raises BadRequestData when it is in the wrong
        place."""
        inside = isinstance(item, dict) and "@context" in item
        if not self.is_ld:
            if inside:
                raise BadRequestData(
                    f"In {JSON} the @context comes with the Link header. Send {LD_JSON} to put it here."
                )
            return self.link
        if not inside or item["@context"] is None:
            raise BadRequestData(f"In {LD_JSON} the body has an @context, and this has none.")
        return item["@context"]


async def read_json(ask: Exchange, limit: int) -> Any:
    """The JSON in the request's body, at most ``limit`` bytes of it."""
    kind = media_type(ask.headers.get("content-type"))
    if kind not in _WRITES[ask.method]:
        raise UnsupportedMedia(f"A body comes as {' or '.join(_WRITES[ask.method])}.")
    body = await _bytes(ask, limit)
    try:
        said = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"The body is no JSON: {error}.") from None
    except RecursionError:
        raise InvalidRequest("The body is nested too deep.") from None
    if _MANY_DIGITS.search(body):
        _check_numbers(said)
    return said


def _check_numbers(said: Any) -> None:
    """JSON has integers of any size, and what stores, compares and reads them has not (RFC 8259, section 6)."""
    rest = [said]
    while rest:
        each = rest.pop()
        if isinstance(each, dict):
            rest.extend(each.values())
        elif isinstance(each, list):
            rest.extend(each)
        elif isinstance(each, int) and abs(each) > sys.float_info.max:
            raise BadRequestData("The body has a number beyond what a double can hold. Send it as a text.")


async def read_body(ask: Exchange, limit: int) -> Sent:
    """What the request's body says, at most ``limit`` bytes of it, and in which context."""
    data = await read_json(ask, limit)
    kind = media_type(ask.headers.get("content-type"))
    link = ask.linked_context()
    if kind == LD_JSON and link is not None:
        raise BadRequestData(f"In {LD_JSON} the @context is in the body; the Link header must not name another.")
    return Sent(data, kind == LD_JSON, link)


async def _bytes(ask: Exchange, limit: int) -> bytes:
    _check_length(ask, limit)
    body = bytearray()
    more = True
    while more:
        message = await ask.receive()
        if message["type"] != "http.request":
            raise InvalidRequest("The client went away before it had sent its body.")
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > limit:
            raise TooLarge(f"A body has at most {limit} bytes.")
    if not body and "content-length" not in ask.headers:
        raise LengthRequired("The request has no Content-Length.")
    return bytes(body)


def _check_length(ask: Exchange, limit: int) -> None:
    said = ask.headers.get("content-length")
    if said is None:
        # A body that was unpacked on its way here has lost its length, and comes in no chunks either.
        if "transfer-encoding" in ask.headers:
            raise LengthRequired("The request has no Content-Length.")
    elif not (said.isascii() and said.isdigit()):
        raise InvalidRequest("Content-Length is no number.")
    elif len(said) > 18 or int(said) > limit:
        raise TooLarge(f"A body has at most {limit} bytes.")


def json_response(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON that needs no context."""
    return Response(_encode(data), status, headers, media_type=JSON)


def entity_response(data: Any, media: str, link: Any, headers: Mapping[str, str] | None = None) -> Response:
    """One document or a list of them, with the context of the request in it (a URL, or what the body held) or beside it
    (a URL, or None for the core's)."""
    if media == JSON:
        return Response(_encode(data), 200, {**(headers or {}), "Link": context_link(link)}, media_type=JSON)
    context = whole_context(link)
    each = [{**entity, "@context": context} for entity in (data if isinstance(data, list) else [data])]
    return Response(_encode(each if isinstance(data, list) else each[0]), 200, headers, media_type=LD_JSON)


def links_context(ask: Exchange, media: str) -> bool:
    """Whether an answer has its context beside it, in the Link header, and not in its body (clause 6.3.6)."""
    preferred = [each.strip() for each in ask.headers.get("prefer", "").replace('"', "").split(",")]
    return media == JSON or (media == GEO_JSON and "body=json" in preferred)


def partial(response: Response, first: str, last: str, size: int | None) -> None:
    """Make it an answer with a part of the time that was asked about (clause 6.3.10)."""
    response.status_code = 206
    response.headers["Content-Range"] = f"date-time {first}-{last}/{'*' if size is None else size}"


def preferring(response: Response, newest: Response, version: tuple[int, int]) -> Response:
    """The answer in the version of NGSI-LD that the client prefers: 203 where it is not what the newest one is."""
    response.status_code = 200 if response.body == newest.body else 203
    response.headers["Preference-Applied"] = f"ngsi-ld={version[0]}.{version[1]}"
    return response


def whole_context(link: Any) -> Any:
    """The context of a request with the core's after it."""
    given = without_core(link)
    if given is None:
        return CORE_URL
    return [*(given if isinstance(given, list) else [given]), CORE_URL]


def geo_response(data: dict[str, Any], ask: Exchange, link: Any, headers: Mapping[str, str] | None = None) -> Response:
    """GeoJSON with the context in it, or beside it where ``Prefer: body=json`` asks for that (clause 6.3.6)."""
    if links_context(ask, GEO_JSON):
        return Response(_encode(data), 200, {**(headers or {}), "Link": context_link(link)}, media_type=GEO_JSON)
    return Response(_encode({**data, "@context": whole_context(link)}), 200, headers, media_type=GEO_JSON)


def error_response(error: UcityError, context_status: int) -> Response:
    """A problem document; 411 and 415 come without a body."""
    status = context_status if isinstance(error, LdContextNotAvailable) else error.status
    if isinstance(error, _BODILESS):
        return Response(status_code=status, headers=dict(error.headers))
    return json_response({**problem(error), "status": status}, status, dict(error.headers))


def told(error: Exception, *, context_status: int) -> Response:
    """The answer for an error that came up before this API was reached, or that nobody foresaw (clause 6.3.3)."""
    return error_response(error if isinstance(error, UcityError) else UcityError(), context_status)
