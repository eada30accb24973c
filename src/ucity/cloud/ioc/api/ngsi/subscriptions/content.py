"""What a subscription says, read from its document. Pure.

Source: ETSI GS CIM 009 V1.9.1, clauses 5.2.12 to 5.2.15, 5.2.22 and 5.2.33.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ucity.cloud.ioc.api.ngsi.asking import read_selectors
from ucity.cloud.ioc.api.ngsi.conditions import read_place, read_scopes
from ucity.cloud.ioc.api.ngsi.conformance import NATIVE, Version, read_version
from ucity.cloud.ioc.api.ngsi.errors import BadRequestData
from ucity.cloud.ioc.api.ngsi.joining import MOST_LEVEL, Join
from ucity.cloud.ioc.api.ngsi.languages import read_languages
from ucity.cloud.ioc.api.ngsi.lexical import date_time, shown, uri
from ucity.cloud.ioc.api.ngsi.media import GEO_JSON, JSON, LD_JSON
from ucity.cloud.ioc.api.ngsi.query_language import depth_of, read_query
from ucity.cloud.ioc.api.ngsi.render import Form, View
from ucity.cloud.ioc.api.ngsi.selection import read_attributes, read_members
from ucity.cloud.ioc.api.ngsi.subscriptions import members
from ucity.cloud.ioc.api.ngsi.subscriptions.sections import NamesOf
from ucity.cloud.ioc.share.notify import DEFAULT_TRIGGERS, Trigger
from ucity.cloud.ioc.share.notify.wanted import OF_ATTRIBUTES
from ucity.cloud.ioc.store.documents import parse_time
from ucity.cloud.ioc.store.query.terms import Condition, Selection, Selector
from ucity.network.notify import BadEndpointError, parse_endpoint

OUTPUT = frozenset({"status", "createdAt", "modifiedAt"})
"""What the city says of a subscription, and nobody else."""
SENDING_OUTPUT = frozenset({"status", "timesSent", "timesFailed", "lastNotification", "lastSuccess", "lastFailure"})
_MEMBERS = frozenset(
    (
        *("id", "type", "subscriptionName", "description", "entities", "watchedAttributes", "notificationTrigger"),
        *("timeInterval", "throttling", "q", "geoQ", "scopeQ", "csf", "temporalQ", "lang", "datasetId"),
        *("expandValues", "jsonKeys", "isActive", "expiresAt", "jsonldContext", "localOnly", "splitEntities"),
        *("ngsildConformance", "notification"),
    )
)
_NOTIFICATION = frozenset(
    (*("attributes", "pick", "omit", "format", "endpoint", "join", "joinLevel", "showChanges", "sysAttrs"),)
)
_ENDPOINT = frozenset({"uri", "accept", "timeout", "cooldown", "receiverInfo", "notifierInfo"})
_FORMATS = {
    "normalized": Form.NORMALIZED,
    "concise": Form.CONCISE,
    "simplified": Form.SIMPLIFIED,
    "keyValues": Form.SIMPLIFIED,
}
_SECONDS, _LONGEST = 5.0, 30.0


@dataclass(frozen=True, kw_only=True)
class Way:
    """Where notifications go. ``receiver`` goes beside them, ``notifier`` sets the channel up; times in seconds."""

    uri: str
    media: str = JSON
    seconds: float = _SECONDS
    cooldown: float | None = None
    receiver: Mapping[str, str] = field(default_factory=dict, repr=False)
    notifier: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """A subscription. ``every``: seconds between periodic notifications, None when changes matter. ``context``: that of
    notifications, None when it is the one that the subscription was made in."""

    selection: Selection
    watched: frozenset[str] | None
    triggers: frozenset[Trigger]
    view: View
    join: Join
    shows_changes: bool
    way: Way
    every: float | None
    throttling: float | None
    is_active: bool
    expires_at: datetime | None
    context: str | None
    version: Version

    def is_live(self, now: datetime) -> bool:
        """Whether its status is active."""
        return self.is_active and (self.expires_at is None or self.expires_at > now)


def parsed(document: Mapping[str, Any], names_of: NamesOf, *, private: bool, strict: bool) -> Parsed:
    """What the document says. ``private``: endpoints may lie in the city's own network. ``strict``: for a query that
    is new (see ``read_query``).

    Raises BadRequestData, or OperationNotSupported for what the city does not do.
    """
    members.only(document, _MEMBERS, "The subscription")
    if document.get("type") != "Subscription":
        raise BadRequestData(f"The type of a subscription is Subscription, not {shown(document.get('type'))}.")
    _check_plain(document)
    notification = members.obj(document.get("notification"), "notification")
    members.only(notification, _NOTIFICATION, "notification")
    every, throttling = _times(document)
    join = _join(notification)
    return Parsed(
        selection=_selection(document, names_of, join, strict=strict),
        watched=_watched(document, names_of),
        triggers=_triggers(document),
        view=_view(document, notification, names_of, join),
        join=join,
        shows_changes=_shows_changes(notification),
        way=_way(notification, private=private),
        every=every,
        throttling=throttling,
        is_active=members.flag(document.get("isActive", True), "isActive"),
        expires_at=parse_time(date_time(document["expiresAt"], "expiresAt")) if "expiresAt" in document else None,
        context=uri(document["jsonldContext"], "jsonldContext") if "jsonldContext" in document else None,
        version=_version(document),
    )


def _check_plain(document: Mapping[str, Any]) -> None:
    """Members that say nothing of what is sent when."""
    for name in ("subscriptionName", "description"):
        if name in document:
            members.text(document[name], name)
    for name in ("localOnly", "splitEntities"):
        if name in document:
            members.flag(document[name], name)
    if "temporalQ" in document:
        members.temporal(document["temporalQ"])
    if not document.get("localOnly") and not {"entities", "watchedAttributes"} & document.keys():
        raise BadRequestData("A subscription has entities or watchedAttributes.")


def _version(document: Mapping[str, Any]) -> Version:
    """The version that notifications are in, which is none that is newer than what there is."""
    if "ngsildConformance" not in document:
        return NATIVE
    version = read_version(members.text(document["ngsildConformance"], "ngsildConformance"))
    if version is None:
        raise BadRequestData(f"ngsildConformance is like 1.8, not {shown(document['ngsildConformance'])}.")
    return min(version, NATIVE)


def _times(document: Mapping[str, Any]) -> tuple[float | None, float | None]:
    every = members.positive(document["timeInterval"], "timeInterval") if "timeInterval" in document else None
    throttling = members.positive(document["throttling"], "throttling") if "throttling" in document else None
    if every is None:
        return None, throttling
    for name in ("throttling", "watchedAttributes"):
        if name in document:
            raise BadRequestData(f"timeInterval and {name} do not go together.")
    if "entities" not in document and not document.get("localOnly"):
        raise BadRequestData("With timeInterval, a subscription has entities.")
    return every, None


def _selection(document: Mapping[str, Any], names_of: NamesOf, join: Join, *, strict: bool) -> Selection:
    selectors: tuple[Selector, ...] = ()
    if "entities" in document:
        given = members.selectors(document["entities"])
        if document.get("localOnly") is False and any(each["type"] == "*" for each in given):
            raise BadRequestData(
                "The type * asks for what is here, and localOnly says that it is not about that alone."
            )
        selectors = read_selectors(given, names_of("entities"))
        # One that means everything makes the others superfluous.
        selectors = () if Selector() in selectors else selectors
    query = _query(document, names_of, join, strict=strict)
    place = document.get("geoQ")
    if place is not None and not members.obj(place, "geoQ"):
        raise BadRequestData("geoQ is empty.")
    return Selection(
        selectors=selectors,
        query=query,
        scopes=read_scopes(members.text(document["scopeQ"], "scopeQ")) if "scopeQ" in document else None,
        place=read_place(place, names_of("geoQ")) if place else None,
    )


def _query(document: Mapping[str, Any], names_of: NamesOf, join: Join, *, strict: bool) -> Condition | None:
    if "csf" in document:
        read_query(members.text(document["csf"], "csf"), names_of("csf"), strict=strict)
    for name in ("expandValues", "jsonKeys"):
        if name in document:
            read_attributes(members.text(document[name], name), names_of(name))
    if "q" not in document:
        return None
    expanded = read_attributes(document.get("expandValues"), names_of("q")) or frozenset()
    query = read_query(members.text(document["q"], "q"), names_of("q"), expanded, strict=strict)
    if depth_of(query) > join.level:
        raise BadRequestData("q looks into linked entities; join and joinLevel of notification have to reach as deep.")
    return query


def _watched(document: Mapping[str, Any], names_of: NamesOf) -> frozenset[str] | None:
    if "watchedAttributes" not in document:
        return None
    given = members.texts(document["watchedAttributes"], "watchedAttributes")
    return read_attributes(",".join(given), names_of("watchedAttributes"))


def _triggers(document: Mapping[str, Any]) -> frozenset[Trigger]:
    if "notificationTrigger" not in document:
        return DEFAULT_TRIGGERS
    known = {str(each): each for each in Trigger}
    given = members.texts(document["notificationTrigger"], "notificationTrigger")
    found = frozenset(members.one_of(each, known, "notificationTrigger") for each in given)
    return (found | OF_ATTRIBUTES if Trigger.ENTITY_UPDATED in found else found) - {Trigger.ENTITY_UPDATED}


def _join(notification: Mapping[str, Any]) -> Join:
    kind = members.one_of(
        notification.get("join", "@none"), {each: each for each in ("flat", "inline", "@none")}, "join"
    )
    level = members.whole(notification.get("joinLevel", 1), "joinLevel", MOST_LEVEL)
    return Join() if kind == "@none" else Join(kind == "inline", level)


def _view(document: Mapping[str, Any], notification: Mapping[str, Any], names_of: NamesOf, join: Join) -> View:
    lists = {
        name: ",".join(members.texts(notification[name], name))
        for name in ("attributes", "pick", "omit")
        if name in notification
    }
    return View(
        form=members.one_of(notification.get("format", "normalized"), _FORMATS, "format"),
        system=members.flag(notification.get("sysAttrs", False), "sysAttrs"),
        attributes=read_attributes(lists.get("attributes"), names_of("attributes")),
        pick=read_members(lists.get("pick"), names_of("pick"), "pick", join_level=join.level),
        omit=read_members(lists.get("omit"), names_of("omit"), "omit", join_level=join.level),
        datasets=members.datasets(document["datasetId"]) if "datasetId" in document else None,
        languages=read_languages(members.text(document["lang"], "lang")) if "lang" in document else None,
    )


def _shows_changes(notification: Mapping[str, Any]) -> bool:
    shows = members.flag(notification.get("showChanges", False), "showChanges")
    if shows and _FORMATS.get(notification.get("format", "")) is Form.SIMPLIFIED:
        raise BadRequestData("Changes are not shown in the simplified format: showChanges needs another.")
    return shows


def _way(notification: Mapping[str, Any], *, private: bool) -> Way:
    endpoint = members.obj(notification.get("endpoint"), "notification.endpoint")
    members.only(endpoint, _ENDPOINT, "endpoint")
    where = uri(endpoint.get("uri"), "endpoint.uri")
    try:
        is_mqtt = parse_endpoint(where, private=private).is_mqtt
    except BadEndpointError as error:
        raise BadRequestData(f"endpoint.uri cannot be {shown(where)}: {error}.") from None
    receiver, notifier = endpoint.get("receiverInfo", []), endpoint.get("notifierInfo", [])
    return Way(
        uri=where,
        media=members.one_of(
            endpoint.get("accept", JSON), {each: each for each in (JSON, LD_JSON, GEO_JSON)}, "accept"
        ),
        seconds=min(_LONGEST, members.positive(endpoint.get("timeout", _SECONDS * 1000), "timeout") / 1000),
        cooldown=members.positive(endpoint["cooldown"], "cooldown") / 1000 if "cooldown" in endpoint else None,
        receiver=members.pairs(receiver, "receiverInfo") if is_mqtt else members.headers(receiver),
        notifier=_notifier(members.pairs(notifier, "notifierInfo")),
    )


def _notifier(given: dict[str, str]) -> dict[str, str]:
    """Of what sets up a channel, that which is known has to be right; the rest is for others."""
    for name, known in (("MQTT-Version", ("mqtt3.1.1", "mqtt5.0")), ("MQTT-QoS", ("0", "1", "2"))):
        if name in given:
            members.one_of(given[name], dict.fromkeys(known), name)
    return given
