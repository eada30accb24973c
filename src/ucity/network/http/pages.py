"""The city's pages, as they were built from ``web/``: one HTML document at ``/`` and what it loads.

Everything that a page loads comes from the city itself, and carries a fingerprint in its name, so that browsers keep it
for good; the document is asked for again each time, so that a new version is seen at once.
"""

import mimetypes
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ucity.errors import NotFound
from ucity.network.http.documents import ASK_AGAIN, FOR_EVER, Document

_CODINGS = {"br": ".br", "gzip": ".gz"}
# The map library starts its worker from a blob made of its own script, so that the browser loads it once and not
# twice; no other code can get into one, since a blob is made by scripts of ours only.
_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; worker-src blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


def pages_routes(folder: Path) -> list[BaseRoute]:
    """The page at ``/`` and its assets. Files are read here, once: the whole of them is a few megabytes."""
    index = folder / "index.html"
    page = _document(index, ASK_AGAIN) if index.exists() else None
    assets = {path.name: _document(path, FOR_EVER) for path in _assets(folder)}

    async def show(request: Request) -> Response:
        if page is None:
            raise NotFound("The pages are not built. scripts/serve builds them; the API is described at /docs.")
        return page.answer(request)

    async def asset(request: Request) -> Response:
        found = assets.get(request.path_params["name"])
        if found is None:
            raise NotFound("There is no such file. After an update, load the page again.")
        return found.answer(request)

    return [Route("/", show), Route("/assets/{name}", asset)]


def _assets(folder: Path) -> list[Path]:
    packed = tuple(_CODINGS.values())
    return [path for path in sorted((folder / "assets").glob("*")) if not path.name.endswith(packed)]


def _document(path: Path, cache: str) -> Document:
    beside = {coding: path.with_name(path.name + ending) for coding, ending in _CODINGS.items()}
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Document(
        path.read_bytes(),
        "text/javascript" if media_type == "application/javascript" else media_type,
        cache,
        {"Content-Security-Policy": _POLICY} if media_type == "text/html" else {},
        {coding: file.read_bytes() for coding, file in beside.items() if file.exists()},
    )
