"""``/journeys``: the way through the city, door to door, and a journey followed while somebody is on it."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from ucity.cloud.ioc.api.city import journeys_models as api
from ucity.cloud.ioc.api.city.journeys_shown import answer, followed_now
from ucity.cloud.ioc.api.city.parts import PREFIX, Parts
from ucity.cloud.ioc.api.city.streaming import Streamed
from ucity.cloud.ioc.share.following import Follower
from ucity.cloud.routing.following import unpacked
from ucity.cloud.routing.wire import Checked, Journeys

_NO_STORE = {"Cache-Control": "no-store"}
_HEADERS = {**_NO_STORE, "X-Accel-Buffering": "no"}
_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-sent events `status`, `broken` and `over`; the data of each is a `FollowedInfo`.",
        "content": {"text/event-stream": {}},
    }
}


def journeys_router(parts: Parts) -> APIRouter:
    """The endpoints of journeys. What they rest on (timetables, streets, open readings of the air) is open to all."""
    router = APIRouter(prefix=f"{PREFIX}/journeys", tags=["journeys"])

    @router.get("", response_model=api.JourneysAnswer)
    async def journeys(asked: Annotated[api.JourneysRequest, Query()]) -> Response:
        """The best ways now, with carbon, fare, chances of changes and the air breathed; soonest there first."""
        query = asked.query(parts.clock())
        question = Journeys(query=query, most=asked.most, occupancy=asked.car_occupancy, compare=asked.compare)
        found = await parts.routing.journeys(question)
        shown = answer(found, query, parts.clock())
        return Response(shown.model_dump_json(), media_type="application/json", headers=_NO_STORE)

    @router.get("/follow", responses=_EVENTS)
    async def follow(request: Request, asked: Annotated[api.FollowRequest, Query()]) -> Response:
        """Tell at once when a journey breaks (a missed change, a cancelled trip, a delay), and the way from there."""
        journey = unpacked(asked.journey)
        here = api.to_position(asked.here) if asked.here else None
        follower = Follower(journey=journey, patience=asked.delay * 60.0, here=here)
        events = _events(parts, parts.following.watch(follower))
        return Streamed(events, "text/event-stream", headers=_HEADERS, watch=parts.watch(request))

    return router


async def _events(parts: Parts, states: AsyncGenerator[Checked | None]) -> AsyncGenerator[bytes]:
    try:
        async for state in states:
            yield b": still here\n\n" if state is None else _event(parts, state)
    finally:
        await states.aclose()


def _event(parts: Parts, state: Checked) -> bytes:
    now = parts.clock()
    name = "broken" if state.broken else "over" if state.is_over else "status"
    shown = followed_now(state, now)
    return b"event: %s\ndata: %s\n\n" % (name.encode(), shown.model_dump_json().encode())
