"""The city's profile: what its file may say, and what a city starts with that has none."""

import re
from pathlib import Path

import pytest

from ucity.cloud.ioc.manage.profile import FILE, NEUTRAL, CityProfile, described, keep_profile, read_profile
from ucity.errors import StartupError

GIVEN = """
name = { ko = "대전", en = "Daejeon", ja = "大田" }
languages = ["ko", "en", "ja"]
time_zone = "Asia/Seoul"
area = [127.2, 36.2, 127.6, 36.5]
attribution = [{ ko = "© 아무개", en = "© somebody" }]
"""


TAXI = (
    'currency = "KRW", base = 4800, base_metres = 2000, step = 100, step_metres = 132, source = "the city", '
    "valid_from = 2023-06-01"
)


def _folder(tmp_path: Path, text: str) -> Path:
    (tmp_path / FILE).write_text(text)
    return tmp_path


def test_a_profile_says_what_the_city_is(tmp_path: Path) -> None:
    profile = read_profile(_folder(tmp_path, GIVEN))
    assert profile.name["ja"] == "大田"
    assert profile.languages == ("ko", "en", "ja")
    assert str(profile.zone) == "Asia/Seoul"
    assert profile.attribution[0]["en"] == "© somebody"
    assert not profile.simulated


def test_the_map_begins_where_the_whole_city_fits(tmp_path: Path) -> None:
    told = described(read_profile(_folder(tmp_path, GIVEN)))
    assert told["centre"] == pytest.approx([127.4, 36.35])
    # At zoom z the world is 512 * 2**z px wide, so a share of it that 0.4 degrees are has to fit into 900 px.
    assert 900 * 0.9 < 512 * 2 ** told["zoom"] * 0.4 / 360 <= 900


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("nmae = 1", r"no key nmae\. Did you mean name\?"),
        ('time_zone = "Asia/Seul"', r"time_zone 'Asia/Seul' is no IANA time zone; did you mean 'Asia/Seoul'\?"),
        ("area = [127.6, 36.2, 127.2, 36.5]", r"area needs \[west, south, east, north\]"),
        ("area = [127.6, 36.2]", "area"),
        ('name = { en = "Only English" }', "name needs a text for 'ko'"),
        ('name = { ko = " ", en = "Blank" }', "name needs a text for 'ko'"),
        ('languages = ["ko", "fr"]', "name needs a text for 'fr'"),
        ('languages = ["Korean"]', "languages needs different BCP 47 tags"),
        ("languages = []", "languages"),
        ('districts = "../../etc/passwd"', "districts names a file that lies beside"),
        ('simulated = "perhaps"', "simulated"),
        ('taxi = { currency = "KRW" }', r"taxi\.base: Field required"),
        (f"taxi = {{ {TAXI}, night = 1 }}", r"taxi\.night"),
        (
            f"taxi = {{ {TAXI}, nights = [{{ since = 5, until = 1, percent = 20 }}] }}",
            r"taxi\.nights.* since and until",
        ),
        ("area = [", "not valid TOML"),
    ],
)
def test_a_mistake_is_told_with_its_key(tmp_path: Path, line: str, says: str) -> None:
    key = line.split(maxsplit=1)[0]
    kept = "\n".join(each for each in GIVEN.splitlines() if not each.startswith(f"{key} ="))
    with pytest.raises(StartupError, match=says) as raised:
        read_profile(_folder(tmp_path, f"{kept}\n{line}\n"))
    assert str(tmp_path / FILE) in raised.value.detail


def test_a_city_without_a_profile_gets_a_neutral_one_to_fill_in(tmp_path: Path) -> None:
    profile = keep_profile(tmp_path / "new")
    assert profile.name == {"ko": "우리 도시", "en": "My city"}
    assert not profile.simulated
    text = (tmp_path / "new" / FILE).read_text()
    assert not re.search(r"busan|부산", text, re.IGNORECASE)
    for key in CityProfile.model_fields:
        assert re.search(rf"^(# )?({key} = |\[{key}\])", text, re.MULTILINE), f"{key} is not explained"


def test_what_an_operator_filled_in_is_never_written_over(tmp_path: Path) -> None:
    _folder(tmp_path, GIVEN)
    keep_profile(tmp_path)
    assert (tmp_path / FILE).read_text() == GIVEN


def test_every_key_that_is_commented_out_is_valid_when_it_is_not(tmp_path: Path) -> None:
    read_profile(_folder(tmp_path, re.sub(r"^# (\w+ = |\[)", r"\1", NEUTRAL, flags=re.MULTILINE)))
