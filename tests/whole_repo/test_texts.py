"""Whatever people read on the pages is in both catalogues; no text is in one only, unused, or outside of them."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[2] / "web" / "src"
PAGES = [
    path for path in sorted(SOURCES.rglob("*")) if path.suffix in {".svelte", ".ts"} and path.name != "schema.d.ts"
]
HANGUL = re.compile("[가-힣]")
NAMED = re.compile(r"\{(\w+)\}")


def catalogue(language: str) -> dict[str, str]:
    """Texts by key; a key that is there twice fails."""

    def once(pairs: list[tuple[str, str]]) -> dict[str, str]:
        assert not [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
        return dict(pairs)

    found: dict[str, str] = json.loads((SOURCES / "text" / f"{language}.json").read_text(), object_pairs_hook=once)
    return found


def test_both_catalogues_have_the_same_keys_and_values_to_fill_in() -> None:
    ko, en = catalogue("ko"), catalogue("en")
    assert list(ko) == list(en)
    for key in ko:
        assert Counter(NAMED.findall(ko[key])) == Counter(NAMED.findall(en[key])), key
        assert ko[key].strip() and en[key].strip(), key
        assert not HANGUL.search(en[key]), key


def test_every_text_is_used() -> None:
    code = "".join(path.read_text() for path in PAGES)
    assert [key for key in catalogue("ko") if f"'{key}'" not in code] == []


@pytest.mark.parametrize("path", [each for each in PAGES if each.suffix == ".svelte"], ids=lambda path: path.stem)
def test_no_text_stands_in_a_page_itself(path: Path) -> None:
    markup = re.sub(r"<(script|style).*?</\1>|<!--.*?-->|<code>.*?</code>", "", path.read_text(), flags=re.DOTALL)
    while (without := re.sub(r"\{[^{}]*\}", "", markup)) != markup:
        markup = without
    words = re.findall(r">([^<>]*[A-Za-z가-힣]{2}[^<>]*)<", markup)
    # The names of formats are the same in every language.
    assert [word.strip() for word in words if word.strip() not in {"JSON", "CSV"}] == []
    assert re.findall(r'\s(?:aria-label|title|alt|placeholder)="[^"]+"', markup) == []
