"""The core contexts of NGSI-LD as they are published name nothing otherwise than the city's own does."""

import json
from pathlib import Path
from typing import Any

import pytest

from ucity.cloud.ioc.api.ngsi.core_context import core_context

HERE = Path(__file__).parents[3] / "shared/standards"
UNNAMED = {"attributeCount", "attributeDetails"}
"""Terms to which 1.3 and 1.4 give no full name."""

pytestmark = pytest.mark.skipif(
    not HERE.exists(), reason="the core contexts are not here: shared/standards beside the checkout"
)


def published(version: str) -> dict[str, str]:
    """Term to what it stands for, in full."""
    text = (HERE / f"ngsi-ld-core-context-v{version}.jsonld").read_text()
    # Some begin with a line that tells where they are from.
    context: dict[str, Any] = json.loads(text[text.index("{") :])["@context"]
    named = {term: each["@id"] if isinstance(each, dict) else each for term, each in context.items()}
    return {term: _full(iri, named) for term, iri in named.items() if term not in ("@version", "@protected")}


def _full(iri: str, named: dict[str, Any]) -> str:
    prefix, _, rest = iri.partition(":")
    return iri if rest.startswith("//") or prefix not in named else f"{named[prefix]}{rest}"


@pytest.mark.parametrize("version", ["1.3", "1.4", "1.9"])
def test_every_version_is_named_alike(version: str) -> None:
    theirs, own = published(version), core_context()
    assert len(theirs) > 100
    different = {term for term, iri in theirs.items() if own.get(term) != iri}
    assert different == (set() if version == "1.9" else UNNAMED)


def test_the_newest_has_no_term_more_or_less() -> None:
    assert published("1.9") == core_context()
