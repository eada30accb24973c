"""Lines are found by what people call them."""

import pytest

from ucity.blueprint import Mode
from ucity.blueprint.boards import LineName
from ucity.cloud.routing.boards.called import called


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("36", ["36", "136", "1호선"]),
        ("36번", ["36", "136", "1호선"]),
        ("36번 버스", ["36", "136", "1호선"]),
        ("1", ["1호선", "136"]),
        ("1호선", ["1호선"]),
        ("1호ㅅ", ["1호선"]),
        ("1 호", ["1호선"]),
        ("line 1", ["1호선"]),
        ("LINE1", ["1호선"]),
        ("5-8", ["5-8"]),
        ("58", []),
        ("해운대", ["36"]),
        ("대", []),
        ("", []),
        (" - ", []),
    ],
)
def test_a_line_is_found_by_what_people_call_it(text: str, found: list[str]) -> None:
    def line(name: str, long_name: str = "", **more: str) -> LineName:
        return LineName(
            key=f"f:{name}", name={"ko": name, **more}, long_name={"ko": long_name}, mode=Mode.BUS, color="", agency={}
        )

    lines = [line("1호선", "도시철도 136", en="Line 1"), line("36", "해운대~서면"), line("136"), line("5-8")]
    assert [each.name["ko"] for each in called(lines, text)] == found
