"""Which of the languages that a text is in its reader prefers: ``Accept-Language`` (RFC 9110, section 12.5.4)."""

import re
from collections.abc import Collection

_RANGE = re.compile(r"([A-Za-z]{1,8}|\*)(?:-[A-Za-z0-9-]*)?\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?))?")
_LONGEST = 1000


def preferred(accepted: str, offered: Collection[str]) -> str:
    """One of ``offered``, primary subtags with "en" among them; English where the reader wants none of them."""
    weights: dict[str, float] = {}
    for part in accepted[:_LONGEST].split(","):
        if found := _RANGE.fullmatch(part.strip()):
            language, weight = found[1].lower(), float(found[2] or 1)
            weights[language] = max(weight, weights.get(language, 0.0))
    liked = [each for each in offered if weights.get(each, 0.0) > 0]
    return max(liked, key=lambda each: weights[each], default="en")
