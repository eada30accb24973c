"""The pages are sent packed, kept by browsers for good or asked for again, and may load nothing from elsewhere."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from ucity.network.http import HANDLERS, Limits, edge
from ucity.network.http.documents import Document
from ucity.network.http.pages import pages_routes

NAME = {"ko": "부산", "en": "Busan"}
SCRIPT = b"console.log('the map')" * 100


@dataclass(frozen=True)
class Anyone:
    kind: str = "anyone"
    name: str = ""


async def anyone(headers: Mapping[str, str], address: str) -> Anyone:
    return Anyone()


async def get(folder: Path, path: str, **headers: str) -> httpx.Response:
    routed = Starlette(routes=pages_routes(folder, name=NAME, language="ko"), exception_handlers=HANDLERS)
    app = edge(routed, authenticate=anyone, limits=Limits())
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://city") as client:
        return await client.get(path, headers=names)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>map</title>")
    (tmp_path / "assets" / "map-1a2b.js").write_bytes(SCRIPT)
    (tmp_path / "assets" / "map-1a2b.js.gz").write_bytes(gzip.compress(SCRIPT))
    return tmp_path


async def test_page_is_asked_for_again_and_loads_nothing_from_elsewhere(built: Path) -> None:
    answer = await get(built, "/")
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "public, no-cache"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    again = await get(built, "/", if_none_match=answer.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")


async def test_assets_are_kept_for_good_and_sent_packed(built: Path) -> None:
    packed = await get(built, "/assets/map-1a2b.js")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["content-type"].startswith("text/javascript")
    assert "immutable" in packed.headers["cache-control"]
    assert packed.content == SCRIPT
    plain = await get(built, "/assets/map-1a2b.js", accept_encoding="gzip;q=0, identity")
    assert "content-encoding" not in plain.headers
    assert plain.content == SCRIPT


@pytest.mark.parametrize("name", ["map-1a2b.js.gz", "..%2findex.html", "%00", "other.js"])
async def test_nothing_else_is_served(built: Path, name: str) -> None:
    assert (await get(built, f"/assets/{name}")).status_code == 404


async def test_can_be_installed_under_the_name_of_the_city(built: Path) -> None:
    (built / "icon-192.png").write_bytes(b"png")
    answer = await get(built, "/manifest.webmanifest")
    assert answer.headers["content-type"] == "application/manifest+json"
    manifest = answer.json()
    assert (manifest["name"], manifest["lang"], manifest["display"]) == ("부산", "ko", "standalone")
    assert "512x512" in {icon["sizes"] for icon in manifest["icons"]}
    icon = await get(built, manifest["icons"][0]["src"])
    assert (icon.status_code, icon.headers["content-type"]) == (200, "image/png")


async def test_says_when_there_are_no_pages(tmp_path: Path) -> None:
    answer = await get(tmp_path, "/")
    assert answer.status_code == 404
    assert "not built" in answer.json()["detail"]


def test_a_document_packs_itself_when_that_is_worth_it() -> None:
    assert not Document.of(b"{}", "application/json").packed
    assert gzip.decompress(Document.of(SCRIPT, "text/plain").packed["gzip"]) == SCRIPT
