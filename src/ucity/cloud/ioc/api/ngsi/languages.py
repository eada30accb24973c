"""Texts in one language: LanguageProperties turned into Properties by a language filter.

Source: ETSI GS CIM 009 V1.9.1, clause 4.15; RFC 9110, 12.5.4; RFC 4647, 3.4 (lookup).
"""

from collections.abc import Mapping
from typing import Any

from ucity.cloud.ioc.api.ngsi.attributes import listed, packed
from ucity.cloud.ioc.api.ngsi.errors import BadRequestData
from ucity.cloud.ioc.api.ngsi.lexical import is_language, shown, unquoted
from ucity.cloud.ioc.store.documents import is_attribute

_MOST = 50


def read_languages(text: str) -> tuple[str, ...]:
    """Language tags from the most to the least wanted, in lower case: ``fr-CH,fr;q=0.9,*;q=0.5``."""
    weighted = [_weighted(each) for each in unquoted(text).split(",")]
    if len(weighted) > _MOST:
        raise BadRequestData(f"lang has at most {_MOST} languages.")
    return tuple(tag for tag, weight in sorted(weighted, key=lambda pair: -pair[1]) if weight > 0)


def _weighted(text: str) -> tuple[str, float]:
    tag, _, parameter = text.partition(";")
    tag, parameter = tag.strip(), parameter.replace(" ", "")
    if tag != "*" and not is_language(tag):
        raise BadRequestData(f"lang is like en or fr-CH,fr;q=0.9,*;q=0.5, not {shown(text)}.")
    try:
        weight = float(parameter.removeprefix("q=")) if parameter else 1.0
    except ValueError:
        weight = -1.0
    if not 0 <= weight <= 1 or (parameter and not parameter.startswith("q=")):
        raise BadRequestData(f"A weight in lang is like ;q=0.5, not {shown(parameter)}.")
    return tag.lower(), weight


def in_languages(attrs: Mapping[str, Any], languages: tuple[str, ...]) -> dict[str, Any]:
    """Attributes with the texts of one language in the place of those of all, sub-attributes included."""
    return {name: packed([_in_language(each, languages) for each in listed(kept)]) for name, kept in attrs.items()}


def _in_language(instance: Mapping[str, Any], languages: tuple[str, ...]) -> dict[str, Any]:
    inner = {name: value for name, value in instance.items() if is_attribute(name)}
    result = {**instance, **in_languages(inner, languages)} if inner else dict(instance)
    if "languageMap" not in result:
        return result
    texts = result.pop("languageMap")
    tag = chosen(texts, languages)
    own = {"type": "Property", "value": texts[tag]}
    return {**own, **{name: value for name, value in result.items() if name != "type"}, "lang": tag}


def chosen(texts: Mapping[str, Any], languages: tuple[str, ...]) -> str:
    """The tag of the text to show: by the filter, else the default ``@none``, else the first in the alphabet."""
    known = {tag.lower(): tag for tag in texts}
    for language in languages:
        if language == "*":
            break
        if found := _looked_up(language, known):
            return found
    return known.get("@none") or known[min(known)]


def _looked_up(language: str, known: Mapping[str, str]) -> str | None:
    parts = language.split("-")
    while parts:
        tag = "-".join(parts)
        if tag in known:
            return known[tag]
        narrower = sorted(each for each in known if each.startswith(f"{tag}-"))
        if narrower and len(parts) == language.count("-") + 1:
            return known[narrower[0]]
        parts.pop()
    return None
