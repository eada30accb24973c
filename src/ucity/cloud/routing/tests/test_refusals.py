"""What the city says when it can tell nothing of ways, it says in Korean and English."""

import re

from ucity.cloud.routing import refusals
from ucity.languages import REQUIRED_LANGUAGES


def test_every_refusal_is_in_both_languages_and_says_the_same_commands() -> None:
    constants = [value for name, value in vars(refusals).items() if name.isupper()]
    texts = [*constants, refusals.no_stop("a:b"), refusals.no_line("a:b")]
    assert len(texts) > 5
    for text in texts:
        assert set(text) == set(REQUIRED_LANGUAGES)
        assert re.search("[가-힣]", text["ko"]) and not re.search("[가-힣]", text["en"])
        commands = [sorted(re.findall("`[^`]+`", each)) for each in text.values()]
        assert commands[0] == commands[1]
