"""Expanded names (IRIs) of types and attributes, as NGSI-LD and the store know them.

Names that services declare expand by the NGSI-LD core context, so that a client without a context of its own reads the
short names. Source: ETSI GS CIM 009, core context: default vocabulary, and the terms that it has of its own.
"""

NGSI_LD = "https://uri.etsi.org/ngsi-ld/"
DEFAULT = f"{NGSI_LD}default-context/"
LOCATION = f"{NGSI_LD}location"
SCOPE = f"{NGSI_LD}scope"
EXPIRES_AT = f"{NGSI_LD}expiresAt"
"""The two members of an entity that are kept among its attributes, in the form of Properties, to have a history."""


_TERMS = {
    "location": LOCATION,
    "description": "http://purl.org/dc/terms/description",
    "mode": f"{NGSI_LD}mode",
    "status": f"{NGSI_LD}status",
}
"""Those terms of the core context that services declare as names."""
_SHORT = {iri: name for name, iri in _TERMS.items()}


def type_iri(name: str) -> str:
    """Expanded form of a declared entity type."""
    return DEFAULT + name


def attribute_iri(name: str) -> str:
    """Expanded form of a declared measure or label."""
    return _TERMS.get(name) or DEFAULT + name


def short(iri: str) -> str:
    """A declared name from its expanded form; any other IRI unchanged."""
    return _SHORT.get(iri) or iri.removeprefix(DEFAULT)
