"""What the attributes of each kind may hold. Pure checks, and the few changes of form that NGSI-LD asks for."""

from collections.abc import Callable
from typing import Any

from ucity.cloud.ioc.api.ngsi.errors import BadRequestData
from ucity.cloud.ioc.api.ngsi.geometry import geometry
from ucity.cloud.ioc.api.ngsi.lexical import NULL, check_json, is_language, is_uri, shown
from ucity.cloud.ioc.api.ngsi.names import Names


def given_value(holder: str, value: Any, names: Names, what: str, *, nulls: bool) -> Any:
    """A value as it was sent, with names in it expanded and in the form that is kept. ``nulls``: it may be, or hold,
    an NGSI-LD null that says what to remove."""
    if value is None:
        raise BadRequestData(f"{what} is null, which NGSI-LD has no place for.")
    check_json(value, what, nulls=nulls or _is_null(value), raw=holder == "json")
    if holder == "vocab":
        return _vocab(value, names, what)
    if holder == "objectList" and isinstance(value, list):
        return [each if each == NULL or isinstance(each, dict) else {"object": each} for each in value]
    return value


def _is_null(value: Any) -> bool:
    return value in (NULL, [NULL], {"@none": NULL})


def _vocab(value: Any, names: Names, what: str) -> Any:
    if value == NULL:
        return value
    given = value if isinstance(value, list) else [value]
    if not given or not all(isinstance(each, str) and each and not each.startswith("@") for each in given):
        raise BadRequestData(f"{what} has to be a text or a list of texts, not {shown(value)}.")
    expanded = [names.expand(each) for each in given]
    return expanded if isinstance(value, list) else expanded[0]


def checked_value(kind: str, value: Any, what: str) -> Any:
    """The value, if an attribute of this kind can hold it."""
    check_json(value, what, raw=kind == "JsonProperty")
    if kind == "GeoProperty":
        return geometry(value, what)
    check, form = _FORMS[kind]
    if not check(value):
        raise BadRequestData(f"{what} has to be {form}, not {shown(value)}.")
    return value


def _uris(value: Any) -> bool:
    return is_uri(value) or (isinstance(value, list) and bool(value) and all(is_uri(each) for each in value))


def _objects(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, dict) and set(each) == {"object"} and is_uri(each["object"]) for each in value
    )


def _languages(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and bool(value)
        and all(is_language(tag) and _texts(text, least=0) for tag, text in value.items())
    )


def _texts(value: Any, least: int = 1) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and len(value) >= least and all(isinstance(each, str) for each in value)
    )


def _list(value: Any) -> bool:
    return isinstance(value, list) and None not in value


_FORMS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "Property": (lambda value: value is not None, "a JSON value that is not null"),
    "Relationship": (_uris, "a URI or a list of URIs"),
    "LanguageProperty": (_languages, "an object that maps language tags to texts"),
    "VocabProperty": (_texts, "a text or a list of texts"),
    "JsonProperty": (lambda value: isinstance(value, dict | list), "an object or an array"),
    "ListProperty": (_list, "an array without nulls"),
    "ListRelationship": (_objects, "an array of URIs, or of objects that hold one in 'object'"),
}
