"""The city's pages, as they were built from ``web/``: one HTML document at ``/`` and what it loads.

Everything that a page loads comes from the city itself, and carries a fingerprint in its name, so that browsers keep it
for good; the document is asked for again each time, so that a new version is seen at once. A manifest with the city's
name makes the pages installable on a phone.
"""

import json
import mimetypes
from collections.abc import Awaitable, Callable, Mapping
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


_COLOUR = "#256ef4"
_ICONS = (
    ("icon-192.png", "192x192", "any"),
    ("icon-512.png", "512x512", "any"),
    ("icon-maskable-512.png", "512x512", "maskable"),
)


def pages_routes(folder: Path, *, name: Mapping[str, str], language: str) -> list[BaseRoute]:
    """The page at ``/``, its assets, and what makes it installable: a manifest with the ``name`` of the city by
    language, in the ``language`` to begin with. Files are read here, once: the whole of them is a few megabytes."""
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

    beside = {name: _document(folder / name, ASK_AGAIN) for name, *_ in _ICONS if (folder / name).exists()}
    beside["manifest.webmanifest"] = Document(_manifest(name, language), "application/manifest+json", ASK_AGAIN)

    def lies_beside(document: Document) -> Callable[[Request], Awaitable[Response]]:
        async def show_beside(request: Request) -> Response:
            return document.answer(request)

        return show_beside

    routes = [Route(f"/{name}", lies_beside(document)) for name, document in beside.items()]
    return [Route("/", show), Route("/assets/{name}", asset), *routes]


def _manifest(name: Mapping[str, str], language: str) -> bytes:
    """Source: W3C Web Application Manifest."""
    told = name.get(language) or next(iter(name.values()))
    manifest = {
        "id": "/",
        "name": told,
        "short_name": told,
        "lang": language,
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": _COLOUR,
        "icons": [
            {"src": f"/{file}", "sizes": sizes, "type": "image/png", "purpose": purpose}
            for file, sizes, purpose in _ICONS
        ],
    }
    return json.dumps(manifest, ensure_ascii=False).encode()


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
