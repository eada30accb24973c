"""Text that people read, in every language of the city."""

from collections.abc import Mapping

from ucity.languages import REQUIRED_LANGUAGES

Text = Mapping[str, str]
"""BCP 47 language tag to text; every text has at least those of ``languages.REQUIRED_LANGUAGES``."""


def in_languages(text: Text | str) -> Text:
    """The text by language; one that is known in a single form stands for all languages."""
    return dict.fromkeys(REQUIRED_LANGUAGES, text) if isinstance(text, str) else text
