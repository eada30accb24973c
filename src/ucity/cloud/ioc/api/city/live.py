"""``/live``: server push for the map."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from ucity.blueprint import Text
from ucity.cloud.ioc.api.city.parts import PREFIX, Asker, Parts
from ucity.cloud.ioc.api.city.streaming import Streamed
from ucity.cloud.ioc.share.live import Box
from ucity.errors import BadInput

_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-sent events: `snapshot` with the `things` in view, `change` with `things` of which "
        "there is news and ids that are `gone`.",
        "content": {"text/event-stream": {}},
    }
}
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_Bbox = Annotated[
    str,
    Query(
        description="What is in view: west,south,east,north in degrees (WGS 84).", examples=["126.8,37.4,127.2,37.7"]
    ),
]

_BOX: Text = {
    "ko": "bbox: 서,남,동,북 경계를 도(WGS 84)로 적어 주세요. 예: 126.8,37.4,127.2,37.7",
    "en": "bbox: give west,south,east,north in degrees (WGS 84), west before east and south before north, "
    "like 126.8,37.4,127.2,37.7.",
}


def live_router(parts: Parts) -> APIRouter:
    """The live map's endpoint."""
    router = APIRouter(prefix=PREFIX, tags=["live map"])

    @router.get("/live", responses=_EVENTS)
    async def live(
        request: Request,
        who: Asker,
        bbox: _Bbox,
        types: Annotated[str, Query(max_length=2000, description="NGSI-LD types to show, separated by commas.")],
    ) -> Response:
        """What is in view, and then what changes there, as it changes."""
        kinds = frozenset(kind for kind in types.split(",") if kind)
        events = parts.live.watch(_box(bbox), kinds, parts.access.reads_streams(who, "live map"))
        return Streamed(events, "text/event-stream", headers=_HEADERS, watch=parts.watch(request))

    return router


def _box(bbox: str) -> Box:
    try:
        west, south, east, north = (float(part) for part in bbox.split(","))
    except ValueError:
        raise BadInput(_BOX) from None
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise BadInput(_BOX)
    return Box(west, south, east, north)
