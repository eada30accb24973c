"""What texts may look like: URIs, names, scopes, times, language tags. Pure checks.

Source: ETSI GS CIM 009 V1.9.1, clauses 4.6.2 (names), 4.6.3 (DateTime), 4.18 (scopes); RFC 3986 and 3987; RFC 5646.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from ucity.cloud.ioc.api.ngsi.errors import BadRequestData

NULL = "urn:ngsi-ld:null"
"""Stands for "remove this" where NGSI-LD allows it, since JSON-LD has no null."""
DEEPEST = 32
"""How deep objects and arrays may lie in each other."""
LONGEST_URI = 2000
"""In bytes of UTF-8, so that PostgreSQL can index it."""

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20\x7f-\x9f]+")
_WEB = re.compile(r"https?://[^/?#]", re.IGNORECASE)
_NAME = re.compile(r"[^\W\d_]\w*")
_SCOPE = re.compile(r"/?[^\W\d_]\w*(?:/[^\W\d_]\w*)*")
_DATE_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,6})?Z")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")


def shown(value: Any) -> str:
    """A value for an error's text: short, whatever it is."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def is_uri(text: Any) -> bool:
    """Whether this is an absolute URI (or IRI) that is not too long to be kept."""
    return isinstance(text, str) and bool(_URI.fullmatch(text)) and len(text.encode()) <= LONGEST_URI


def is_web_address(text: str) -> bool:
    """Whether this is a URL of a web server, with a host and a port as they can be."""
    if not is_uri(text) or not _WEB.match(text):
        return False
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def uri(text: Any, what: str) -> str:
    """The text, which has to be a URI."""
    if not is_uri(text):
        raise BadRequestData(f"{what} has to be a URI, not {shown(text)}.")
    return str(text)


def is_name(text: str) -> bool:
    """Whether this is a name as NGSI-LD allows it: plain, or with a prefix before a colon."""
    return all(_NAME.fullmatch(part) for part in text.split(":", 1))


def unquoted(text: str) -> str:
    """The text without double quotes around it, which examples in the specification put there."""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def is_language(text: Any) -> bool:
    """Whether this is a language tag, or ``@none`` for the default."""
    return isinstance(text, str) and (text == "@none" or (len(text) <= 100 and bool(_LANGUAGE.fullmatch(text))))


def scopes(value: Any) -> list[str]:
    """Scopes from one text or a list of them."""
    given = value if isinstance(value, list) else [value]
    for each in given:
        if not isinstance(each, str) or len(each) > 500 or not _SCOPE.fullmatch(each) or each == NULL:
            raise BadRequestData(f"scope is like /Parks/Riverside, not {shown(each)}.")
    if not given:
        raise BadRequestData("scope is empty. Leave it out, or name at least one.")
    return list(dict.fromkeys(given))


def date_time(text: Any, what: str) -> str:
    """A DateTime in the one form that is kept: a decimal point, Z at the end."""
    if not isinstance(text, str) or not _DATE_TIME.fullmatch(text):
        raise BadRequestData(f"{what} has to be a time like 2026-11-24T08:00:00Z, not {shown(text)}.")
    kept = text.replace(",", ".")
    try:
        datetime.fromisoformat(kept)
    except ValueError:
        raise BadRequestData(f"{what} names no time that exists: {text}.") from None
    return kept


def check_json(value: Any, what: str, *, nulls: bool = False, raw: bool = False, depth: int = 0) -> None:
    """Raise unless this JSON can be kept: not too deep, no NUL, no context inside, no NGSI-LD null.

    ``nulls``: NGSI-LD nulls are allowed. ``raw``: it is no JSON-LD, so contexts and nulls in it are nothing special.
    """
    if isinstance(value, str):
        _check_text(value, what, nulls=nulls or raw)
    elif isinstance(value, dict | list):
        if depth >= DEEPEST:
            raise BadRequestData(f"{what} is nested more than {DEEPEST} deep.")
        for key in value if isinstance(value, dict) else ():
            _check_text(key, what, nulls=True)
            if key == "@context" and not raw:
                raise BadRequestData(f"{what} holds an @context; only the top level may.")
        parts: Iterable[Any] = value.values() if isinstance(value, dict) else value
        for part in parts:
            check_json(part, what, nulls=nulls, raw=raw, depth=depth + 1)


def _check_text(text: str, what: str, *, nulls: bool) -> None:
    if "\x00" in text:
        raise BadRequestData(f"{what} holds the character NUL, which cannot be kept.")
    if text == NULL and not nulls:
        raise BadRequestData(f"{what} holds {NULL}, which removes nothing here.")
