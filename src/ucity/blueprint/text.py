"""Text that people read, in every language of the city."""

from collections.abc import Mapping

Text = Mapping[str, str]
"""BCP 47 language tag to text; every text has at least those of ``languages.REQUIRED_LANGUAGES``."""
