"""What stations and buses send, and what is computed from it and kept.

A station's entity carries its newest readings, its hourly means and its index, because the three streams share one
type and one subject; the same holds for a bus, its checks and its confidence. Entity types follow the Smart Data Models
where they have one (``AirQualityObserved``).
"""

from datetime import timedelta

from ucity.blueprint import Key, KeyKind, Kind, Measure, Records, Sharing, Stream
from ucity.services.environment.air_quality import cai, us_aqi
from ucity.services.environment.air_quality.indices import POLLUTANTS

STATION = "AirQualityObserved"
BUS = "AirQualityVehicle"

_NAMES = {
    "pm25": ("초미세먼지(PM2.5)", "Fine dust (PM2.5)"),
    "pm10": ("미세먼지(PM10)", "Dust (PM10)"),
    "o3": ("오존(O₃)", "Ozone (O₃)"),
    "no2": ("이산화질소(NO₂)", "Nitrogen dioxide (NO₂)"),
    "so2": ("아황산가스(SO₂)", "Sulphur dioxide (SO₂)"),
    "co": ("일산화탄소(CO)", "Carbon monoxide (CO)"),
}
_RANGES: dict[str, tuple[str, float]] = {
    "pm25": ("ug/m3", 2000),
    "pm10": ("ug/m3", 5000),
    "o3": ("[ppm]", 2),
    "no2": ("[ppm]", 5),
    "so2": ("[ppm]", 5),
    "co": ("[ppm]", 100),
}


def _pollutant(key: str, *, hourly: bool = False) -> Measure:
    ko, en = _NAMES[key]
    unit, highest = _RANGES[key]
    return Measure(
        key=f"{key}_1h" if hourly else key,
        title={"ko": f"{ko} 1시간 평균", "en": f"{en}, mean of the hour"} if hourly else {"ko": ko, "en": en},
        unit=unit,
        valid=(0, highest),
    )


def _number(key: str, ko: str, en: str, valid: tuple[float, float], *, unit: str = "1") -> Measure:
    return Measure(key=key, title={"ko": ko, "en": en}, unit=unit, valid=valid)


def _choice(key: str, ko: str, en: str, options: tuple[str, ...]) -> Measure:
    return Measure(key=key, title={"ko": ko, "en": en}, kind=Kind.TEXT, options=options)


_TEMPERATURE = _number("temperature", "기온", "Air temperature", (-50, 60), unit="Cel")
_HUMIDITY = _number("humidity", "상대습도", "Relative humidity", (0, 100), unit="%")

STATIONS = Stream(
    name="stations",
    entity_type=STATION,
    title={"ko": "대기 측정소", "en": "Air quality stations"},
    measures=(*(_pollutant(key) for key in POLLUTANTS), _TEMPERATURE, _HUMIDITY),
    labels=("name",),
    every=timedelta(hours=1),
    sharing=Sharing.OPEN,
)

HOURS = Stream(
    name="hours",
    entity_type=STATION,
    title={"ko": "측정소 1시간 평균", "en": "Hourly means of the stations"},
    measures=(
        *(_pollutant(key, hourly=True) for key in POLLUTANTS),
        _number("readings_1h", "해당 시간의 측정 횟수", "Readings in the hour", (0, 1_000_000)),
    ),
    every=timedelta(hours=1),
    sharing=Sharing.OPEN,
    derived=True,
)

INDICES = Stream(
    name="indices",
    entity_type=STATION,
    title={"ko": "대기환경지수", "en": "Air quality indices"},
    measures=(
        _number("cai", "통합대기환경지수(CAI)", "Korean comprehensive air-quality index (CAI)", (0, 500)),
        _choice("cai_grade", "CAI 등급", "CAI grade", cai.GRADES),
        _choice("cai_pollutant", "CAI 주 오염물질", "CAI main pollutant", POLLUTANTS),
        _number("us_aqi", "미국 대기질지수(AQI)", "US air quality index (AQI)", (0, 500)),
        _choice("us_category", "미국 AQI 등급", "US AQI category", us_aqi.CATEGORIES),
        _choice("us_pollutant", "미국 AQI 주 오염물질", "US AQI main pollutant", POLLUTANTS),
    ),
    every=timedelta(hours=1),
    sharing=Sharing.OPEN,
    derived=True,
)

_HOURS_IN = {"good": "좋음", "moderate": "보통", "unhealthy": "나쁨", "very_unhealthy": "매우 나쁨"}
_MOST_HOURS = 48
"""A day has 25 hours at most where clocks are put back by one, and some places have lived a day twice."""

DAYS = Records(
    name="air_quality_days",
    title={"ko": "측정소별 하루 대기질", "en": "Days of the stations"},
    key=(Key(name="station"), Key(name="day", kind=KeyKind.DAY)),
    measures=(
        _number("hours", "CAI가 있는 시간 수", "Hours with a CAI", (0, _MOST_HOURS)),
        _number("cai_mean", "CAI 하루 평균", "Mean CAI of the day", (0, 500)),
        _number("cai_highest", "CAI 하루 최고", "Highest CAI of the day", (0, 500)),
        Measure(
            key="highest_at", title={"ko": "CAI가 가장 높은 시각", "en": "Hour of the highest CAI"}, kind=Kind.TEXT
        ),
        *(
            _number(f"hours_{grade}", f"{ko} 시간 수", f"Hours in the grade {grade}", (0, _MOST_HOURS))
            for grade, ko in _HOURS_IN.items()
        ),
    ),
    sharing=Sharing.OPEN,
)
"""A day is one of the city's time zone, a station is named as the subject of ``INDICES``; ``highest_at`` is the local
time, with its offset, at which the first hour of the highest CAI begins. A day without any CAI has no row."""

BUSES = Stream(
    name="buses",
    entity_type=BUS,
    title={"ko": "버스 탑재 대기 센서", "en": "Air sensors on buses"},
    measures=(
        *(_pollutant(key) for key in ("pm25", "pm10", "no2")),
        _HUMIDITY,
        _number("speed", "속도", "Speed", (0, 150), unit="km/h"),
    ),
    labels=("name", "route"),
    moves=True,
    every=timedelta(minutes=1),
    keep=timedelta(days=90),
    remember=timedelta(days=30),
    sharing=Sharing.OPEN,
)

BUS_CHECKS = Stream(
    name="bus_checks",
    entity_type=BUS,
    title={"ko": "버스 센서 비교", "en": "Comparisons of bus sensors with stations"},
    measures=(
        _number("pm25_ratio", "측정소 대비 PM2.5 비율", "PM2.5 as a ratio to the station's", (0, 1000)),
        _number("pm10_ratio", "측정소 대비 PM10 비율", "PM10 as a ratio to the station's", (0, 1000)),
        _number("stations_passed", "지나간 측정소 수", "Stations passed", (0, 10_000)),
    ),
    keep=timedelta(days=366),
    sharing=Sharing.OPEN,
    derived=True,
)

BUS_CONFIDENCE = Stream(
    name="bus_confidence",
    entity_type=BUS,
    title={"ko": "버스 센서 신뢰도", "en": "Confidence in bus sensors"},
    measures=(
        _number("confidence", "신뢰도", "Confidence", (0, 1)),
        _number("pm25_bias", "PM2.5 편향(배율)", "PM2.5 bias, as a factor", (0, 1000)),
        _number("pm10_bias", "PM10 편향(배율)", "PM10 bias, as a factor", (0, 1000)),
        _number("checks", "비교한 시간 수", "Hours compared", (0, 10_000)),
    ),
    keep=timedelta(days=366),
    sharing=Sharing.OPEN,
    derived=True,
)
