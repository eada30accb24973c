"""Lines by what people call them: "36", "36번", "1호선", "line 1", or a part of where they go. Pure."""

import re
import unicodedata
from collections.abc import Sequence

from ucity.blueprint.boards import LineName

_NUMBER = re.compile(r"(?<=\d)\s*번(\s*버스)?$")
"""What Koreans say after the number of a bus."""
_SHORT = 2
"""Letters from which on the middle of a name tells anything."""


def called(lines: Sequence[LineName], text: str) -> list[LineName]:
    """Those that may be meant: first what is called so, then what begins so, then what has it in its name or in where
    it goes; in their order otherwise."""
    asked = _folded(_NUMBER.sub("", text.strip()))
    if not asked:
        return []
    ranks = [_rank(asked, line) for line in lines]
    met = [(rank, number) for number, rank in enumerate(ranks) if rank is not None]
    return [lines[number] for _, number in sorted(met)]


def _rank(asked: str, line: LineName) -> int | None:
    names, others = ([_folded(text) for text in texts.values()] for texts in (line.name, line.long_name))
    if asked in names:
        return 0
    if any(name.startswith(asked) for name in names):
        return 1
    if len(unicodedata.normalize("NFC", asked)) < _SHORT:
        return None
    return 2 if any(asked in name for name in names) else 3 if any(asked in name for name in others) else None


def _folded(text: str) -> str:
    """Without case, spaces and signs but for the hyphen (58-1 is not 581); Hangul by its letters, so that a half typed
    syllable is the beginning of a whole one."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in plain if letter.isalnum() or letter == "-")
