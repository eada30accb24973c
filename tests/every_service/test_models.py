"""Entity types follow the Smart Data Models (https://smartdatamodels.org) where these have one that fits."""

from collections.abc import Iterator

from ucity.blueprint import Stream
from ucity.cloud.ioc.api.ngsi.core_context import core_terms
from ucity.cloud.ioc.policy.names import DEFAULT, attribute_iri, short, type_iri
from ucity.services import catalogue

AIR = "Environment/AirQualityObserved"
MODELS: dict[str, tuple[str, frozenset[str]]] = {
    "AirQualityObserved": (AIR, frozenset(["co", "name", "no2", "o3", "pm10", "pm25", "so2", "temperature"])),
    "BikeHireDockingStation": (
        "Transportation/BikeHireDockingStation",
        frozenset(["availableBikeNumber", "dataProvider", "freeSlotNumber", "name", "totalSlotNumber"]),
    ),
    "PublicTransportRoute": (
        "UrbanMobility/PublicTransportRoute",
        frozenset(
            {
                *("dataProvider", "name", "routeCode", "routeColor", "routeTextColor"),
                *("shortRouteCode", "transportationType"),
            }
        ),
    ),
    "PublicTransportStop": (
        "UrbanMobility/PublicTransportStop",
        frozenset(["dataProvider", "name", "stopCode", "wheelChairAccessible"]),
    ),
}
"""Types that are those of a model: the model, and those of our attributes that it has. All others are our own."""
NONE_FITS = {
    "AirQualityVehicle": "AirQualityObserved is a place that stays; this is one with sensors that drives",
    "PublicTransportAlert": "Alert/Alert is every department's, and what they tell is not for everyone; names are its",
    "PublicTransportVehicle": "Transportation/Vehicle is every vehicle, private ones too; speed and bearing are its",
}
"""Types of our own, and why they are not a model's."""


def streams() -> Iterator[tuple[str, Stream]]:
    for path, declared in catalogue().streams.items():
        yield path, declared.stream


def test_each_type_is_a_models_or_says_why_there_is_none() -> None:
    assert {stream.entity_type for _, stream in streams()} == MODELS.keys() | NONE_FITS.keys()
    assert not MODELS.keys() & NONE_FITS.keys()


def test_a_type_has_the_attributes_of_its_model_by_their_names() -> None:
    for entity_type, (model, names) in MODELS.items():
        own = {
            name
            for _, stream in streams()
            if stream.entity_type == entity_type
            for name in (*stream.by_key, *stream.labels)
        }
        assert names <= own, model


def test_names_are_those_that_a_client_without_a_context_asks_by() -> None:
    """The core context has terms of its own, like ``status``; whoever asks for one means these."""
    terms = core_terms()
    for path, stream in streams():
        assert type_iri(stream.entity_type) == terms.get(stream.entity_type, DEFAULT + stream.entity_type)
        for name in (*stream.by_key, *stream.labels):
            assert attribute_iri(name) == terms.get(name, DEFAULT + name), f"{path}: {name}"
            assert short(attribute_iri(name)) == name
