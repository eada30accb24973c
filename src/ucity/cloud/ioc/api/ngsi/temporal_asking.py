"""Temporal queries: which instances of attributes are asked for, and in which form.

Source: ETSI GS CIM 009 V1.9.1, clauses 4.5.9, 4.5.19, 4.11, 5.2.21, 6.18.3.2 and 6.19.3.1.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import get_args

from ucity.cloud.ioc.api.ngsi.durations import Duration, read_duration
from ucity.cloud.ioc.api.ngsi.errors import BadRequestData
from ucity.cloud.ioc.api.ngsi.languages import read_languages
from ucity.cloud.ioc.api.ngsi.lexical import date_time, shown
from ucity.cloud.ioc.api.ngsi.names import Names
from ucity.cloud.ioc.api.ngsi.parameters import Parameters
from ucity.cloud.ioc.api.ngsi.render import View
from ucity.cloud.ioc.api.ngsi.selection import read_attributes, read_members
from ucity.cloud.ioc.policy.names import SCOPE
from ucity.cloud.ioc.store.aggregation import METHODS
from ucity.cloud.ioc.store.evolution import Interval, TimeProperty, Wanted

_RELATIONS = ("before", "after", "between")


class TemporalForm(StrEnum):
    """Representations of how an entity evolved."""

    NORMALIZED = "normalized"
    CONCISE = "concise"
    VALUES = "temporalValues"
    AGGREGATED = "aggregatedValues"


_FORMS = {
    **{each.value: each for each in TemporalForm},
    "simplified": TemporalForm.VALUES,
    "keyValues": TemporalForm.VALUES,
}


@dataclass(frozen=True)
class Evolution:
    """What is asked for. ``selecting``: the instances of which an entity needs one to be among the answers;
    ``wanted``: those that are shown. ``named``: the attributes were named, so that each has to allow every method."""

    selecting: Wanted
    wanted: Wanted
    form: TemporalForm
    view: View
    methods: tuple[str, ...] = ()
    duration: Duration = field(default_factory=Duration)
    named: bool = False


def read_evolution(parameters: Parameters, names: Names, *, required: bool) -> Evolution:
    """The temporal query of a request; ``required``: there has to be one."""
    attributes = read_attributes(parameters.text("attrs"), names, scope=True)
    view = View(
        system="sysAttrs" in parameters.options(),
        attributes=attributes,
        pick=read_members(parameters.text("pick"), names, "pick"),
        omit=read_members(parameters.text("omit"), names, "omit"),
        datasets=parameters.datasets(),
        languages=_languages(parameters),
    )
    named = attributes
    if named is None and view.pick is not None:
        named = view.pick.attributes | ({SCOPE} if "scope" in view.pick.plain else set())
    selecting = Wanted(interval=read_interval(parameters, required=required), attributes=attributes)
    wanted = Wanted(
        interval=selecting.interval,
        attributes=None if named is None else frozenset(each for each in named if view.shows(each)),
        datasets=view.datasets,
        last=_last(parameters),
    )
    form = _form(parameters)
    methods, duration = _aggregation(parameters, form)
    return Evolution(selecting, wanted, form, view, methods, duration, named is not None)


def _languages(parameters: Parameters) -> tuple[str, ...] | None:
    text = parameters.text("lang")
    return None if text is None else read_languages(text)


def read_interval(parameters: Parameters, *, required: bool) -> Interval:
    """The time that a request is about."""
    given = {name: parameters.text(name) for name in ("timerel", "timeAt", "endTimeAt")}
    kind = parameters.text("timeproperty") or "observedAt"
    if kind not in get_args(TimeProperty):
        raise BadRequestData(f"timeproperty is one of {', '.join(get_args(TimeProperty))}, not {shown(kind)}.")
    if not any(given.values()):
        if required:
            raise BadRequestData("A temporal query has timerel and timeAt.")
        return Interval(property=kind, stated="timeproperty" in parameters.given)  # type: ignore[arg-type]  # just checked
    relation = given["timerel"]
    if relation not in _RELATIONS:
        raise BadRequestData(f"timerel is one of {', '.join(_RELATIONS)}, not {shown(relation)}.")
    if given["timeAt"] is None:
        raise BadRequestData("timerel needs timeAt.")
    if (relation == "between") is (given["endTimeAt"] is None):
        raise BadRequestData("endTimeAt goes with timerel=between, which needs it.")
    at = _time(given["timeAt"], "timeAt")
    end = None if given["endTimeAt"] is None else _time(given["endTimeAt"], "endTimeAt")
    if end is not None and end <= at:
        raise BadRequestData("endTimeAt lies after timeAt.")
    return Interval(
        property=kind,  # type: ignore[arg-type]  # it was checked above
        since=None if relation == "before" else at,
        until=at if relation == "before" else end,
        stated=True,
    )


def _time(text: str, what: str) -> datetime:
    return datetime.fromisoformat(date_time(text, what)).astimezone(UTC)


def _last(parameters: Parameters) -> int | None:
    if parameters.text("lastN") is None:
        return None
    last = parameters.number("lastN", 0)
    if last < 1:
        raise BadRequestData("lastN is a whole number above 0.")
    return last


def _form(parameters: Parameters) -> TemporalForm:
    if (name := parameters.text("format")) is not None:
        if name not in _FORMS:
            raise BadRequestData(f"format is one of {', '.join(_FORMS)}, not {shown(name)}.")
        return _FORMS[name]
    forms = {_FORMS[each] for each in parameters.options() if each in _FORMS}
    if len(forms) > 1:
        raise BadRequestData("options asks for several representations.")
    return next(iter(forms), TemporalForm.NORMALIZED)


def _aggregation(parameters: Parameters, form: TemporalForm) -> tuple[tuple[str, ...], Duration]:
    methods, duration = parameters.text("aggrMethods"), parameters.text("aggrPeriodDuration")
    named = () if methods is None else tuple(dict.fromkeys(methods.split(",")))
    for each in named:
        if each not in METHODS:
            raise BadRequestData(f"A method in aggrMethods is one of {', '.join(METHODS)}, not {shown(each)}.")
    length = Duration() if duration is None else read_duration(duration, "aggrPeriodDuration")
    if form is not TemporalForm.AGGREGATED:
        return (), Duration()
    if not named:
        raise BadRequestData("aggregatedValues needs aggrMethods.")
    return named, length
