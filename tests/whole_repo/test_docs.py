"""Pages that are written from the code say what the code says."""

from pathlib import Path

from ucity.commands.docs import settings_page

DOCS = Path(__file__).parents[2] / "docs"


def test_settings_page_is_current() -> None:
    assert (DOCS / "settings.md").read_text() == settings_page(), "run: ucity docs settings --out docs/settings.md"
