"""The languages that the city speaks to everybody. Apart from the vocabulary, for those who need nothing else of it."""

REQUIRED_LANGUAGES = ("ko", "en")
"""BCP 47 tags; every text of the city has these at least."""
