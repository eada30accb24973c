"""What the views are asked and what they answer."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

StationName = Annotated[str, StringConstraints(min_length=1, max_length=256)]


class Model(BaseModel):
    """Base of requests and results: nothing unknown, nothing changed afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DistrictsRequest(Model):
    """Which districts to tell of."""

    district: str | None = Field(None, max_length=256, description="Only this district; all of them when left out.")


class DistrictAir(Model):
    """The air of one district."""

    district: str | None = Field(description="The district; null for what lies in none.")
    stations: int = Field(description="Stations in the district.")
    reporting: int = Field(description="Stations whose CAI is of the last three hours; only they count in the index.")
    cai_median: float | None = Field(description="Median CAI of the reporting stations, 0 to 500.")
    cai_highest: float | None = Field(description="Highest CAI of the reporting stations, 0 to 500.")
    cai_median_grade: str | None = Field(description="Grade of the median CAI.")
    cai_grade: str | None = Field(description="Grade of the highest CAI.")
    cai_pollutant: str | None = Field(description="Main pollutant at the station of the highest CAI.")
    us_aqi_median: float | None = Field(description="Median US AQI of the stations, 0 to 500.")
    us_aqi_highest: float | None = Field(description="Highest US AQI of the stations, 0 to 500.")
    hour: datetime | None = Field(description="Beginning of the newest hour that the CAI is of.")
    age_seconds: float | None = Field(description="Seconds since the newest reading of a station in the district.")
    buses: int = Field(description="Buses in the district in the last hour whose sensors are trusted.")
    bus_pm25: float | None = Field(description="Median PM2.5 of these buses in ug/m3, mended by their bias.")


class DistrictsResult(Model):
    """The air of the districts."""

    at: datetime = Field(description="The city's time of the answer.")
    districts: list[DistrictAir] = Field(description="In order of name.")


class StationRequest(Model):
    """Which station, and how much of its past."""

    station: StationName = Field(description="The station's identifier within its type.")
    hours: int = Field(24, ge=1, le=168, description="Hours of the chart, the running one included.")


class SubIndex(Model):
    """What one pollutant contributes to the index."""

    pollutant: str = Field(description="Key of the pollutant.")
    title: dict[str, str] = Field(description="Its name by language.")
    mean: float | None = Field(
        description="What the CAI takes: predicted 24-hour mean of dust in ug/m3, the hour's mean of gases in ppm."
    )
    cai: float | None = Field(description="Its sub-index in the CAI.")
    us_aqi: float | None = Field(description="Its sub-index in the US AQI.")


class IndexNow(Model):
    """The newest index of a station."""

    hour: datetime = Field(description="Beginning of the hour that it is of.")
    stale: bool = Field(description="True when that hour began more than three hours ago.")
    cai: float | None = Field(description="CAI, 0 to 500; null when a required pollutant is missing.")
    cai_added: float | None = Field(description="Points in the CAI that were added for several unhealthy pollutants.")
    cai_grade: str | None = Field(description="Key of the CAI's grade.")
    cai_pollutant: str | None = Field(description="Key of the CAI's main pollutant.")
    us_aqi: float | None = Field(description="US AQI, 0 to 500.")
    us_category: str | None = Field(description="Key of the US AQI's category.")
    us_pollutant: str | None = Field(description="Key of the US AQI's main pollutant.")
    grade_title: dict[str, str] | None = Field(description="The CAI grade's name by language.")
    category_title: dict[str, str] | None = Field(description="The US category's name by language.")
    advice: dict[str, str] | None = Field(description="What to do at the CAI's grade, by language.")
    parts: list[SubIndex] = Field(description="What each pollutant contributes.")


class Point(Model):
    """One hour of the chart; null where nothing is known."""

    hour: datetime = Field(description="Beginning of the hour.")
    cai: float | None = Field(description="CAI of the hour.")
    us_aqi: float | None = Field(description="US AQI of the hour.")
    pm25: float | None = Field(description="Mean PM2.5 in ug/m3.")
    pm10: float | None = Field(description="Mean PM10 in ug/m3.")
    o3: float | None = Field(description="Mean O3 in ppm.")
    no2: float | None = Field(description="Mean NO2 in ppm.")
    so2: float | None = Field(description="Mean SO2 in ppm.")
    co: float | None = Field(description="Mean CO in ppm.")


class StationResult(Model):
    """One station: its newest readings, its index now, its last hours."""

    at: datetime = Field(description="The city's time of the answer.")
    station: str = Field(description="The station's identifier within its type.")
    name: str | None = Field(description="The station's name.")
    district: str | None = Field(description="The district that it stands in.")
    lon: float | None = Field(description="Longitude, WGS 84.")
    lat: float | None = Field(description="Latitude, WGS 84.")
    observed_at: datetime | None = Field(description="Time of its newest reading; null when it has never sent one.")
    age_seconds: float | None = Field(description="Seconds since its newest reading.")
    latest: dict[str, float | None] = Field(description="Newest value of each measure, in the measure's unit.")
    index: IndexNow | None = Field(description="Its newest index; null when none can be given of the hours asked for.")
    series: list[Point] = Field(description="Every hour asked for, oldest first, gaps as nulls.")


class BusRequest(Model):
    """Which bus, and how much of its past."""

    bus: StationName = Field(description="The bus's identifier within its type.")
    hours: int = Field(24, ge=1, le=48, description="Hours of the chart, up to now.")


class BusPoint(Model):
    """Ten minutes of the chart; null where nothing is known."""

    since: datetime = Field(description="Beginning of the ten minutes.")
    pm25: float | None = Field(description="Mean PM2.5 in ug/m3, as sent.")
    pm10: float | None = Field(description="Mean PM10 in ug/m3, as sent.")
    no2: float | None = Field(description="Mean NO2 in ppm, as sent.")


class BusResult(Model):
    """One bus with a sensor: its newest readings and its last hours."""

    at: datetime = Field(description="The city's time of the answer.")
    bus: str = Field(description="The bus's identifier within its type.")
    name: str | None = Field(description="The bus's name.")
    route: str | None = Field(description="The route that it ran when it last sent.")
    observed_at: datetime | None = Field(description="Time of its newest reading; null when it has never sent one.")
    age_seconds: float | None = Field(description="Seconds since its newest reading.")
    latest: dict[str, float | None] = Field(description="Newest value of each measure, in the measure's unit.")
    series: list[BusPoint] = Field(description="Every ten minutes of the hours asked for, oldest first.")


class GapsRequest(Model):
    """Which station, and how much of its past."""

    station: StationName | None = Field(None, description="Only this station; all of them when left out.")
    hours: int = Field(24, ge=1, le=744, description="Whole hours to look at, up to the last finished one.")


class Gap(Model):
    """A stretch of missing hours."""

    since: datetime = Field(description="Beginning of the first missing hour.")
    until: datetime = Field(description="End of the last missing hour.")
    hours: int = Field(description="Missing hours.")


class MeasureGaps(Model):
    """What is missing of one measure."""

    measure: str = Field(description="Key of the measure.")
    present: int = Field(description="Hours with a mean.")
    gaps: list[Gap] = Field(description="In order of time.")


class StationGaps(Model):
    """What is missing of one station."""

    station: str = Field(description="The station's identifier within its type.")
    name: str | None = Field(description="The station's name.")
    expected: int = Field(description="Hours that were expected of each measure.")
    measures: list[MeasureGaps] = Field(description="Each measure; one never present is perhaps not measured there.")


class GapsResult(Model):
    """What is missing of the stations."""

    since: datetime = Field(description="Beginning of the first hour looked at.")
    until: datetime = Field(description="End of the last hour looked at.")
    stations: list[StationGaps] = Field(description="In order of identifier.")


class DaysRequest(Model):
    """Which days, and of which stations."""

    district: str | None = Field(None, max_length=256, description="Only stations of this district.")
    station: StationName | None = Field(None, description="Only this station.")
    since: date | None = Field(None, description="The first day; 30 days up to the last one when left out.")
    until: date | None = Field(None, description="The last day; today in the city's time zone when left out.")


class StationDay(Model):
    """One day of one station."""

    day: date = Field(description="The day, in the city's time zone.")
    grade: str = Field(description="Key of the grade of its highest CAI.")
    hours: int = Field(description="Hours of which a CAI is known; what is missing counts in no grade.")
    cai_mean: float = Field(description="Mean of the known hours' CAI, to a tenth.")
    cai_highest: float = Field(description="Highest CAI of an hour, 0 to 500.")
    highest_at: datetime = Field(description="Beginning of the first hour that had it, in local time.")
    hours_good: int = Field(description="Hours in the grade good.")
    hours_moderate: int = Field(description="Hours in the grade moderate.")
    hours_unhealthy: int = Field(description="Hours in the grade unhealthy.")
    hours_very_unhealthy: int = Field(description="Hours in the grade very_unhealthy.")


class StationDays(Model):
    """The days of one station."""

    station: str = Field(description="The station's identifier within its type.")
    name: str | None = Field(description="The station's name.")
    district: str | None = Field(description="The district that it stands in; null for none.")
    days: list[StationDay] = Field(description="In order; a day without any known CAI is left out.")


class CityDay(Model):
    """One day: how many of the stations had it in each grade, that of their own highest CAI."""

    day: date = Field(description="The day, in the city's time zone.")
    good: int = Field(description="Stations whose highest CAI was good.")
    moderate: int = Field(description="Stations whose highest CAI was moderate.")
    unhealthy: int = Field(description="Stations whose highest CAI was unhealthy.")
    very_unhealthy: int = Field(description="Stations whose highest CAI was very unhealthy.")


class DistrictDays(Model):
    """One district: how many of its days were in each grade, that of the highest CAI of all its stations."""

    district: str | None = Field(description="The district; null for what lies in none.")
    good: int = Field(description="Days on which the highest CAI of its stations was good.")
    moderate: int = Field(description="Days on which it was moderate.")
    unhealthy: int = Field(description="Days on which it was unhealthy.")
    very_unhealthy: int = Field(description="Days on which it was very unhealthy.")


class DaysResult(Model):
    """How the air was, day by day."""

    at: datetime = Field(description="The city's time of the answer; today is told as far as it has come.")
    since: date = Field(description="The first day looked at.")
    until: date = Field(description="The last day looked at.")
    grades: dict[str, dict[str, str]] = Field(description="Names of the grades by key and language.")
    stations: list[StationDays] = Field(description="In order of identifier.")
    days: list[CityDay] = Field(description="In order; a day of which no station tells is left out.")
    districts: list[DistrictDays] = Field(description="In order of name.")
