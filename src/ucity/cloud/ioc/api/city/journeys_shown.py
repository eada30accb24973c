"""Journeys and their figures as the API shows them. Pure calculations."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ucity.blueprint import Call, JourneyQuery, Leg, Place, Position, SharedRide, Trip
from ucity.blueprint.boards import Disturbance
from ucity.blueprint.figures import Carbon, Comparison, Dose, FareEstimate, LegFigures, Money, Told
from ucity.blueprint.journeys import Step
from ucity.cloud.ioc.api.city import journeys_models as api
from ucity.cloud.ioc.api.city.follow_models import BrokenInfo, FollowedAlert, FollowedInfo, LegNowInfo
from ucity.cloud.routing.following import followed, packed
from ucity.cloud.routing.naming import Named
from ucity.cloud.routing.texts import broken, step
from ucity.cloud.routing.wire import Checked, FeedUsed, JourneysFound

_METRE_DIGITS, _DEGREE_DIGITS, _DIGITS = 1, 6, 3


def answer(found: JourneysFound, query: JourneyQuery, now: datetime) -> api.JourneysAnswer:
    """The whole answer."""
    return api.JourneysAnswer(
        at=now,
        journeys=[journey(told, query, found.names, now) for told in found.journeys],
        comparisons=[_comparison(each) for each in found.comparisons],
        feeds=feeds(found.feeds, now),
        has_streets=found.has_streets,
        built_at=found.built_at,
    )


def feeds(used: Iterable[FeedUsed], now: datetime) -> list[api.UsedFeed]:
    """What an answer rests on."""
    return [
        api.UsedFeed(
            feed=each.feed,
            version=each.version,
            live_at=each.live_at,
            live_age_seconds=max(0.0, (now - each.live_at).total_seconds()) if each.live_at else None,
        )
        for each in used
    ]


def journey(told: Told, query: JourneyQuery, names: Named, now: datetime) -> api.JourneyInfo:
    """One way; ``names`` of what is in it."""
    way, doses = told.journey, [leg.dose for leg in told.legs]
    return api.JourneyInfo(
        departs=way.departs,
        arrives=way.arrives,
        seconds=(way.arrives - way.departs).total_seconds(),
        transfers=way.changes,
        walk_metres=round(sum(leg.metres for leg in way.legs if leg.mode == "walk"), _METRE_DIGITS),
        co2_grams=None if told.grams is None else round(told.grams, _DIGITS),
        pm25=_sum(doses),
        chance=told.chance,
        fare=_fare(told),
        legs=[_leg(leg, figures, names, now) for leg, figures in zip(way.legs, told.legs, strict=True)],
        follow=packed(followed(way, query)),
    )


def _sum(doses: list[Dose | None]) -> api.DustSum | None:
    known = [each for each in doses if each]
    if len(known) < len(doses):
        return None
    sums = (sum(getattr(each, name) for each in known) for name in ("micrograms", "low", "high"))
    micrograms, low, high = (round(each, _DIGITS) for each in sums)
    return api.DustSum(micrograms=micrograms, low=low, high=high)


def _leg(leg: Leg, figures: LegFigures, names: Named, now: datetime) -> api.LegInfo:
    first, last = (leg.calls[0], leg.calls[-1]) if leg.calls else (None, None)
    return api.LegInfo(
        mode=leg.mode,
        origin=_place(leg.origin, names),
        destination=_place(leg.destination, names),
        departs=leg.departs,
        arrives=leg.arrives,
        departs_scheduled=first.departs_scheduled if first else None,
        arrives_scheduled=last.arrives_scheduled if last else None,
        metres=round(leg.metres, _METRE_DIGITS),
        geometry=api.LineString(coordinates=[[_degrees(lon), _degrees(lat)] for lon, lat in leg.path]),
        trip=_trip(leg.trip, names) if leg.trip else None,
        stays_aboard=leg.stays,
        calls=[_call(call, names) for call in leg.calls],
        is_estimated=leg.is_estimated,
        co2=_carbon(figures.carbon),
        pm25=_dust(figures.dose),
        chance=_chance(figures),
        occupancy=figures.occupancy,
        alerts=[_alert(each) for each in figures.disturbances],
        shared_ride=_shared(leg.shared, now) if leg.shared else None,
        steps=[_step(each, names) for each in leg.steps],
        fare=_single(figures.single),
        fare_estimate=_fare_estimate(figures.fare),
    )


def _single(fare: Money | None) -> api.FareInfo | None:
    return None if fare is None else api.FareInfo(amount=fare.amount, currency=fare.currency)


def _step(what: Step, names: Named) -> api.StepInfo:
    level, sign = (dict(names.get(label.key, {})) if label else {} for label in (what.level, what.sign))
    text = dict(step(what, names))
    return api.StepInfo(passage=what.passage, rises=what.rises, stairs=what.stairs, level=level, sign=sign, text=text)


def _shared(shared: SharedRide, now: datetime) -> api.SharedRideInfo:
    plain = {name: getattr(shared, name) for name in api.SharedRideInfo.model_fields if hasattr(shared, name)}
    return api.SharedRideInfo(**plain, age_seconds=max(0.0, (now - shared.told_at).total_seconds()))


def _fare(told: Told) -> api.JourneyFareInfo | None:
    if told.fare is None:
        return None
    return api.JourneyFareInfo(amount=told.fare.amount, currency=told.fare.currency, media=list(told.media))


def _fare_estimate(fare: FareEstimate | None) -> api.FareEstimateInfo | None:
    if fare is None:
        return None
    return api.FareEstimateInfo(
        amount=fare.price.amount,
        currency=fare.price.currency,
        source=fare.source["en"],
        sources=dict(fare.source),
        standing=fare.standing,
        valid_from=fare.valid_from,
        note=fare.note["en"],
        notes=dict(fare.note),
    )


def _place(place: Place, names: Named) -> api.PlaceInfo:
    return api.PlaceInfo(
        name=place.name,
        names=dict(place.names) or dict(names.get(f"stop:{place.stop}", {})),
        lon=_degrees(place.position.lon),
        lat=_degrees(place.position.lat),
        stop=place.stop,
        platform=place.platform,
    )


def _degrees(value: float) -> float:
    return round(value, _DEGREE_DIGITS)


def _trip(trip: Trip, names: Named) -> api.TripInfo:
    plain = {name: getattr(trip, name) for name in api.TripInfo.model_fields if hasattr(trip, name)}
    return api.TripInfo(
        **plain,
        route_names=dict(names.get(f"route:{trip.route}", {})),
        headsigns=dict(names.get(f"trip:{trip.trip}", {})),
    )


def _call(call: Call, names: Named) -> api.LegCall:
    times = {name: getattr(call, name) for name in api.LegCall.model_fields if name not in {"place", "sequence"}}
    return api.LegCall(place=_place(call.place, names), sequence=call.sequence, **times)


def _carbon(carbon: Carbon | None) -> api.CarbonInfo | None:
    if carbon is None:
        return None
    factor = carbon.factor
    return api.CarbonInfo(
        grams=round(carbon.grams, _DIGITS),
        grams_per_km=factor.grams_per_km,
        per_vehicle=factor.per_vehicle,
        factor=factor.key,
        version=factor.version,
        source=factor.source["en"],
        sources=dict(factor.source),
        standing=factor.standing,
        valid_from=factor.valid_from,
        valid_until=factor.valid_until,
        note=factor.note["en"],
        notes=dict(factor.note),
    )


def _dust(dose: Dose | None) -> api.DustInfo | None:
    if dose is None:
        return None
    return api.DustInfo(**{name: round(getattr(dose, name), _DIGITS) for name in api.DustInfo.model_fields})


def _chance(figures: LegFigures) -> api.ChanceInfo | None:
    chance = figures.chance
    if chance is None:
        return None
    return api.ChanceInfo(**{name: getattr(chance, name) for name in api.ChanceInfo.model_fields})


def _alert(what: Disturbance) -> api.LegAlert:
    return api.LegAlert(**_told_of(what))


def _told_of(what: Disturbance) -> dict[str, Any]:
    return {name: getattr(what, name) for name in api.LegAlert.model_fields}


def _comparison(comparison: Comparison) -> api.ComparisonInfo:
    return api.ComparisonInfo(
        mode=comparison.mode,
        seconds=round(comparison.seconds, _METRE_DIGITS),
        metres=round(comparison.metres, _METRE_DIGITS),
        co2=_carbon(comparison.carbon),
        is_estimated=comparison.is_estimated,
        fare_estimate=_fare_estimate(comparison.fare),
    )


def followed_now(checked: Checked, now: datetime) -> FollowedInfo:
    """How a followed journey stands."""
    what, query, instead = checked.broken, checked.query, checked.instead
    return FollowedInfo(
        at=now,
        legs=[LegNowInfo(departs=leg.departs, arrives=leg.arrives, is_live=leg.is_live) for leg in checked.legs],
        delay_seconds=checked.delay_seconds,
        broken=BrokenInfo(reason=what.reason, leg=what.leg, message=dict(broken(what))) if what else None,
        alerts=[FollowedAlert(leg=each.leg, **_told_of(each.disturbance)) for each in checked.alerts],
        instead=journey(instead, query, checked.names, now) if query and instead else None,
        since=query.at if query else None,
        here=_lonlat(query.origin) if query else None,
    )


def _lonlat(here: Position) -> dict[str, float]:
    return {"lon": _degrees(here.lon), "lat": _degrees(here.lat)}
