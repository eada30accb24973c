"""The NGSI-LD core context, version 1.9: which IRI each core term stands for.

Source: ETSI GS CIM 009 V1.9.1, annex B. Only what names need is here: a term's coercion and its scoped context say how
a JSON-LD processor reshapes values, and values are kept as they were sent (docs/adr/0005).
"""

from typing import Any

from ucity.cloud.ioc.policy.names import DEFAULT, NGSI_LD

_BASE = "uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context"
CORE_URL = f"https://{_BASE}-v1.9.jsonld"
_ADDRESSES = frozenset({f"{_BASE}.jsonld", *(f"{_BASE}-v1.{minor}.jsonld" for minor in range(3, 10))})
"""Without their scheme. The one without a version is that of 1.1 and 1.2."""
GEOJSON = "https://purl.org/geojson/vocab#"
CORE_PREFIXES = {"ngsi-ld": NGSI_LD, "geojson": GEOJSON}

_SAME = """
Attribute AttributeList ContextSourceIdentity ContextSourceNotification ContextSourceRegistration Date DateTime
EntityMap EntityType EntityTypeInfo EntityTypeList ExecutionResultDetails GeoProperty JsonProperty LanguageProperty
ListProperty ListRelationship Notification Property Relationship Snapshot SnapshotNotification Subscription
TemporalProperty Time VocabProperty
accept aggrMethods aggrParams aggrPeriodDuration attributeCount attributeDetails attributeList attributeName
attributeNames attributeTypes attributes attrs avg cacheDuration collation contextSourceAlias contextSourceExtras
contextSourceInfo contextSourceTimeAt contextSourceUptime cooldown createdAt csf data datasetId deletedAt detail
distinctCount endAt endTimeAt endpoint entities entity entityCount entityId entityList error errors expandValues
expiresAt format geoQ geoproperty georel idPattern information instanceId isActive join jsonKeys jsonldContext jsons
lang lastFailure lastN lastNotification lastSuccess lastUsedAt linkedMaps localOnly location management
managementInterval max min mode modifiedAt ngsildConformance ngsildproof notUpdated notification notificationTrigger
notifiedAt notifierInfo observationInterval observationSpace observedAt omit operationSpace operations orderBy ordering
pick problemDetails propertyNames q reason receiverInfo refreshRate registrationId registrationName relationshipNames
resultStatus scope scopeQ showChanges snapshotId snapshotLifetime snapshotPriority snapshotQueries
snapshotQueriesDetails snapshotStatus snapshotTemporalQueries snapshotTemporalQueriesDetails startAt status stddev
subscriptionId subscriptionName success sum sumsq sysAttrs temporalQ tenant throttling timeAt timeInterval timeout
timeproperty timerel timesFailed timesSent totalCount triggerReason typeList typeName typeNames unchanged unitCode
updated uri watchedAttributes
"""
_HAS = """
dataset=Dataset entityMap=EntityMap entityMapLifetime=EntityMapLifetime joinLevel=JoinLevel json=JSON key=Key
languageMap=LanguageMap languageMaps=LanguageMaps object=Object objectList=ObjectList objectLists=ObjectLists
objectType=ObjectType objects=Objects previousJson=PreviousJson previousLanguageMap=PreviousLanguageMap
previousObject=PreviousObject previousObjectList=PreviousObjectList previousValue=PreviousValue
previousValueList=PreviousValueList previousVocab=PreviousVocab splitEntities=SplitEntities value=Value
valueList=ValueList valueLists=ValueLists valueType=ValueType values=Values vocab=Vocab vocabs=Vocabs
"""
_GEOJSON = """
Feature FeatureCollection GeometryCollection LineString MultiLineString MultiPoint MultiPolygon Point Polygon
bbox coordinates features geometry properties
"""


def core_terms() -> dict[str, str]:
    """Core term to IRI; ``id`` and ``type`` stand for JSON-LD keywords and are left out."""
    renamed = (pair.split("=") for pair in _HAS.split())
    return {
        **{term: NGSI_LD + term for term in _SAME.split()},
        **{term: f"{NGSI_LD}has{name}" for term, name in renamed},
        **{term: GEOJSON + term for term in _GEOJSON.split()},
        "containedBy": f"{NGSI_LD}isContainedBy",
        "description": "http://purl.org/dc/terms/description",
        "langString": "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString",
        "title": "http://purl.org/dc/terms/title",
    }


def core_context() -> dict[str, Any]:
    """The core as a local JSON-LD context, to be applied after every context of a user."""
    return {**CORE_PREFIXES, "id": "@id", "type": "@type", **core_terms(), "@vocab": DEFAULT}


def without_core(context: Any) -> Any:
    """A context without the core, which is there anyway: a URL, an object, a list of several of these, or None."""
    if not isinstance(context, list):
        return None if _is_core(context) else context
    others = [each for each in context if not _is_core(each)]
    return others[0] if len(others) == 1 and isinstance(others[0], str | dict) else others or None


def _is_core(context: Any) -> bool:
    return isinstance(context, str) and is_core_url(context)


def is_core_url(url: str) -> bool:
    """Whether a URL names the core context in one of its published versions.

    The newest stands in for all of them: it comes last whatever a request names (clause 4.4), and names alike what
    older ones name.
    """
    return url.partition("://")[2] in _ADDRESSES and url.startswith(("https:", "http:"))
