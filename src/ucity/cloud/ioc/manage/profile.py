"""The city's profile, ``city.toml``: what it is called, where it lies, which time and languages it keeps.

A city without one gets a neutral one at its first start, with every key explained, for its operator to fill in.
"""

import difflib
import math
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from ucity.blueprint.taxi import Tariff
from ucity.cloud.ioc.manage.secrets import private_folder, write_private
from ucity.errors import StartupError
from ucity.languages import REQUIRED_LANGUAGES

FILE = "city.toml"
DISTRICTS_FILE = "districts.geojson"

LONGEST_NAME = 200
MAP_WIDTH_PX = 900
"""How wide a map is taken to be when the zoom at which the whole city fits is worked out."""
TILE_PX = 512
"""Width of the world at zoom 0, as MapLibre counts."""
MOST_NORTH = 85.0511
"""Latitude at which a Web Mercator map ends, in degrees."""
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def _text(value: dict[str, str]) -> dict[str, str]:
    for language in REQUIRED_LANGUAGES:
        if not value.get(language, "").strip():
            raise ValueError(f"needs a text for {language!r}")
    if any(len(text) > LONGEST_NAME for text in value.values()):
        raise ValueError(f"is longer than {LONGEST_NAME} characters")
    return value


def _time_zone(value: str) -> str:
    if value not in available_timezones():
        near = difflib.get_close_matches(value, available_timezones(), 1)
        raise ValueError(f"{value!r} is no IANA time zone" + (f"; did you mean {near[0]!r}?" if near else ""))
    return value


def _languages(value: tuple[str, ...]) -> tuple[str, ...]:
    wrong = [each for each in value if not _LANGUAGE.fullmatch(each)]
    if wrong or len(set(value)) != len(value):
        raise ValueError("needs different BCP 47 tags, like 'ko' or 'en'")
    return value


def _area(value: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    west, south, east, north = value
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError("needs [west, south, east, north] in degrees, west below east and south below north")
    return value


def _beside(value: str) -> str:
    if Path(value).name != value:
        raise ValueError(f"names a file that lies beside {FILE}, without a folder")
    return value


CityText = Annotated[dict[str, str], AfterValidator(_text)]


class CityProfile(BaseModel):
    """What a city says of itself. Texts map BCP 47 language tags to text and have at least ``ko`` and ``en``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: CityText = Field(description="What the city is called.")
    languages: Annotated[tuple[str, ...], AfterValidator(_languages)] = Field(
        default=("ko", "en"),
        min_length=1,
        description="Languages of its pages (BCP 47). The first is the one to begin with.",
    )
    time_zone: Annotated[str, AfterValidator(_time_zone)] = Field(
        default="UTC", description="IANA time zone of its days."
    )
    area: Annotated[tuple[float, float, float, float], AfterValidator(_area)] = Field(
        description="Where it lies: west, south, east, north in degrees (WGS 84)."
    )
    districts: Annotated[str, AfterValidator(_beside)] | None = Field(
        default=None,
        min_length=1,
        description=f"GeoJSON of its districts, beside this file; unless set, {DISTRICTS_FILE} if any.",
    )
    attribution: tuple[CityText, ...] = Field(default=(), description="Whom to thank for maps and data, on every page.")
    taxi: Tariff | None = Field(default=None, description="What a taxi costs; unless set, nothing is said of that.")
    simulated: bool = Field(default=False, description="Whether its data are made up, which every page then says.")

    @model_validator(mode="after")
    def _named_in_its_languages(self) -> Self:
        missing = [language for language in self.languages if language not in self.name]
        if missing:
            raise ValueError(f"name needs a text for {missing[0]!r}, which languages lists")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """Its time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def centre(self) -> tuple[float, float]:
        """Longitude and latitude of the middle of its area, in degrees."""
        west, south, east, north = self.area
        return (west + east) / 2, (south + north) / 2

    @property
    def zoom(self) -> float:
        """Zoom at which a map of ``MAP_WIDTH_PX`` square shows the whole area (Web Mercator, world 512 px at 0)."""
        west, south, east, north = self.area
        share = max((east - west) / 360, _mercator(north) - _mercator(south))
        return max(0.0, math.floor(100 * math.log2(MAP_WIDTH_PX / TILE_PX / share)) / 100)


def _mercator(lat: float) -> float:
    """Height on a Web Mercator map as a share of the world's, growing to the north; EPSG 3857."""
    phi = math.radians(min(max(lat, -MOST_NORTH), MOST_NORTH))
    return math.asinh(math.tan(phi)) / (2 * math.pi)


def read_profile(folder: Path) -> CityProfile:
    """The profile in ``folder``. StartupError names the key that is wrong."""
    file = folder / FILE
    try:
        return CityProfile.model_validate(tomllib.loads(file.read_text()))
    except ValidationError as error:
        raise StartupError(_explain(file, error)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StartupError(f"{file} is not valid TOML: {error}") from error
    except OSError as error:
        raise StartupError(f"{file} cannot be read: {error.strerror}.") from error


def keep_profile(folder: Path) -> CityProfile:
    """The profile in ``folder``; where there is none, a neutral one is written first."""
    if not (folder / FILE).exists():
        private_folder(folder)
        write_private(folder / FILE, NEUTRAL.encode())
    return read_profile(folder)


def _explain(file: Path, error: ValidationError) -> str:
    """One line a mistake."""
    lines = []
    for mistake in error.errors(include_input=False, include_url=False):
        key = ".".join(map(str, mistake["loc"]))
        if mistake["type"] == "extra_forbidden":
            near = difflib.get_close_matches(key, CityProfile.model_fields, 1)
            lines.append(f"{file}: there is no key {key}." + (f" Did you mean {near[0]}?" if near else ""))
        else:
            text = mistake["msg"].removeprefix("Value error, ")
            lines.append(f"{file}: {key} {text}." if mistake["type"] == "value_error" else f"{file}: {key}: {text}.")
    return "\n".join(lines)


def described(profile: CityProfile) -> dict[str, Any]:
    """What pages need to know of the city, as plain JSON values."""
    told = profile.model_dump(mode="json", exclude={"districts", "taxi"})
    return told | {"centre": list(profile.centre), "zoom": profile.zoom}


NEUTRAL = """\
# 도시 프로필입니다. 값을 고친 뒤 도시를 다시 시작하면 적용됩니다.
# The city's profile. Change what is here, then start the city again.

# 도시 이름. 한국어(ko)와 영어(en)는 꼭 있어야 합니다.
# What the city is called; ko and en are needed.
name = { ko = "우리 도시", en = "My city" }

# 화면에 쓰는 언어(BCP 47). 첫 번째가 기본 언어입니다.
# Languages of the pages (BCP 47); the first is the one to begin with.
languages = ["ko", "en"]

# 하루가 나뉘는 시간대(IANA 이름). 예: "Asia/Seoul"
# Time zone by which days are counted (its IANA name), e.g. "Asia/Seoul".
time_zone = "UTC"

# 도시가 있는 곳: 서, 남, 동, 북(도, WGS 84). 지도는 여기서 시작합니다.
# Where the city lies: west, south, east, north in degrees (WGS 84). Maps begin here.
area = [-180.0, -60.0, 180.0, 75.0]

# 구·군 경계(GeoJSON). 이 파일과 같은 폴더에 두며, 없어도 됩니다.
# Borders of its districts (GeoJSON) in a file beside this one; the city also works without.
# districts = "districts.geojson"

# 지도와 자료의 출처. 모든 화면에 표시됩니다.
# Whom to thank for maps and data, shown on every page.
# attribution = [{ ko = "© 오픈스트리트맵 기여자", en = "© OpenStreetMap contributors" }]

# 자료가 모의(시뮬레이션)이면 true. 모든 화면에 표시됩니다.
# true when the data are made up; every page then says so.
simulated = false

# 택시 요금. 길찾기에서 예상 요금을 알려 줍니다. 없으면 알려 주지 않습니다.
# What a taxi costs, for estimates beside ways through the city; nothing is said of it without. Amounts in the smallest
# unit of the currency, hours of the city's time zone.
# [taxi]
# currency = "KRW"
# base = 4800
# base_metres = 2000
# step = 100
# step_metres = 132
# nights = [{ since = 23, until = 24, percent = 20 }]
# source = "..."
# standing = "published"
# valid_from = 2023-06-01
"""
"""What a city starts with that has not said yet where it is."""
