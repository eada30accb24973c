"""Bodies of requests other than entities: queries and subscriptions.

Source: ETSI GS CIM 009 V1.9.1, clauses 5.2.12 to 5.2.15, 5.2.21 to 5.2.23, 5.2.33, 5.2.43 and 5.2.44.
"""

from collections.abc import Mapping

from ucity.cloud.ioc.api.ngsi.media import OFFERED
from ucity.cloud.ioc.api.ngsi.openapi.parameters import (
    AGGREGATION,
    FORMS,
    GEO,
    JOIN,
    LANGUAGE_OF_QUERIES,
    LANGUAGE_OF_SCOPES,
    MEMBERS,
    PATTERN,
    TIME,
)
from ucity.cloud.ioc.api.ngsi.openapi.texts import (
    DATASET,
    DURATION,
    ENDPOINT,
    FLAG,
    LANGUAGES,
    LISTED_NAME,
    LISTED_URI,
    MOMENT,
    NAMES,
    TEXT,
    TYPES,
    URI,
    Schema,
    choice,
    closed,
    nullable,
    several,
    text,
)
from ucity.cloud.ioc.share.notify import Trigger

_POSITIVE: Schema = {"type": "number", "exclusiveMinimum": 0, "maximum": 1e9}
_KINDS: Schema = {"anyOf": [{"const": "*"}, TYPES]}
_COORDINATES: Schema = {"anyOf": [{"type": "array"}, GEO["coordinates"]]}
_GEO_QUERY = closed("georel geometry coordinates", type=TEXT, **{**GEO, "coordinates": _COORDINATES})
_TEMPORAL_QUERY = closed("timerel timeAt", type=TEXT, **TIME, **AGGREGATION)
_WHAT: Mapping[str, Schema] = {
    "q": LANGUAGE_OF_QUERIES,
    "csf": LANGUAGE_OF_QUERIES,
    "scopeQ": LANGUAGE_OF_SCOPES,
    "expandValues": NAMES,
    "jsonKeys": NAMES,
    "geoQ": _GEO_QUERY,
    "lang": LANGUAGES,
    "splitEntities": FLAG,
}
_ASKED: Mapping[str, Schema] = {
    **_WHAT,
    "type": {"const": "Query"},
    "entities": several(
        closed("type", id={"anyOf": [LISTED_URI, several(LISTED_URI)]}, idPattern=PATTERN, type=_KINDS)
    ),
    "attrs": several(LISTED_NAME),
    **dict.fromkeys(("pick", "omit"), MEMBERS),
    "datasetId": several(DATASET),
    "entityMap": FLAG,
    "entityMapLifetime": DURATION,
}
QUERY = closed(
    "type",
    **_ASKED,
    **JOIN,
    containedBy={"anyOf": [LISTED_URI, several(LISTED_URI)]},
    ordering=closed(type=TEXT, orderBy=MEMBERS, collation=TEXT, geometry=GEO["geometry"], coordinates=_COORDINATES),
)
TEMPORAL_QUERY = closed(
    "type temporalQ",
    **_ASKED,
    temporalQ=_TEMPORAL_QUERY,
    aggrParams=closed(type=TEXT, **AGGREGATION),
    ordering=closed(type=TEXT, orderBy=several(choice("id", "id;asc", "id;desc")), collation=TEXT),
)

_PAIRS: Schema = {
    "type": "array",
    "items": closed("key value", key=text("[A-Za-z][A-Za-z0-9-]{0,63}"), value=text("[ -~]{0,1000}")),
    "maxItems": 50,
}
_NOTIFICATION = nullable(
    closed(
        "endpoint",
        **dict.fromkeys(("attributes", "pick", "omit"), several(LISTED_NAME)),
        format=choice(*FORMS),
        endpoint=nullable(
            closed(
                "uri",
                uri=ENDPOINT,
                accept=choice(*OFFERED),
                timeout=_POSITIVE,
                cooldown=_POSITIVE,
                receiverInfo=_PAIRS,
                notifierInfo=_PAIRS,
            )
        ),
        **JOIN,
        showChanges=FLAG,
        sysAttrs=FLAG,
    )
)
_SUBSCRIBED: Mapping[str, Schema] = {
    **_WHAT,
    "geoQ": nullable(_GEO_QUERY),
    "id": URI,
    "type": {"const": "Subscription"},
    "subscriptionName": TEXT,
    "description": TEXT,
    "entities": several(closed("type", id=LISTED_URI, idPattern=PATTERN, type=_KINDS)),
    "notificationTrigger": several(choice(*(str(each) for each in Trigger))),
    "temporalQ": nullable(_TEMPORAL_QUERY),
    "datasetId": {"anyOf": [DATASET, several(DATASET)]},
    "isActive": FLAG,
    "expiresAt": {**MOMENT, "description": "It lies ahead."},
    "localOnly": FLAG,
    "ngsildConformance": text(r"1\.[0-9](?:\.[0-9])?"),
    "notification": _NOTIFICATION,
}
_CHANGES: Mapping[str, Schema] = {"watchedAttributes": several(LISTED_NAME), "throttling": _POSITIVE}
_CLOCK: Mapping[str, Schema] = {"timeInterval": _POSITIVE}


def _subscription(required: str, **more: Schema) -> Schema:
    return nullable(closed(f"type notification {required}", **_SUBSCRIBED, **more))


SUBSCRIPTION: Schema = {
    "anyOf": [
        {"title": "Told of changes of entities", **_subscription("entities", **_CHANGES)},
        {"title": "Told of changes of attributes", **_subscription("watchedAttributes", **_CHANGES)},
        {"title": "Told by the clock", **_subscription("entities timeInterval", **_CLOCK)},
    ]
}
SUBSCRIPTION_FRAGMENT: Schema = {
    **nullable(closed("", **_SUBSCRIBED, **_CHANGES, **_CLOCK)),
    "description": "What it gives takes the place of what there was; null removes.",
}
