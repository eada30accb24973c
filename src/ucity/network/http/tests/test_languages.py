"""The language of an answer is the one that its reader prefers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucity.network.http.languages import preferred


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("ko", "ko"),
        ("ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", "ko"),
        ("en-GB,en;q=0.9,ko;q=0.5", "en"),
        ("en;q=0.3, ko; q=0.8", "ko"),
        ("de, fr;q=0.9, ko;q=0.1", "ko"),
        ("de", "en"),
        ("ko;q=0", "en"),
        ("*", "en"),
        ("KO", "ko"),
        ("ko;q=nan, \x00;;", "en"),
    ],
)
def test_the_reader_gets_what_it_prefers_of_what_there_is(accepted: str, language: str) -> None:
    assert preferred(accepted, ["ko", "en"]) == language


def test_what_is_in_english_only_is_told_in_english() -> None:
    assert preferred("ko", ["en"]) == "en"


@given(st.text(max_size=60))
def test_no_header_breaks_it(accepted: str) -> None:
    assert preferred(accepted, ["ko", "en"]) in {"ko", "en"}
