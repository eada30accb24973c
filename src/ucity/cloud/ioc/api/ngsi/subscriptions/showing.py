"""Subscriptions as clients get them: with the names of their request's context, their status and how sending goes."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ucity.cloud.ioc.api.ngsi.names import Names
from ucity.cloud.ioc.api.ngsi.subscriptions.sections import NamesOf, kept_names
from ucity.cloud.ioc.store.documents import parse_time, rfc3339
from ucity.cloud.ioc.store.subscriptions import Sending, Subscription

_TYPE = re.compile(r"[^()|,;]+")
_MEMBER = re.compile(r"[^,|{}]+")
_PLAIN = frozenset({"*", "id", "type", "scope"})


def status_of(document: Mapping[str, Any], now: datetime) -> str:
    """active, paused or expired."""
    if "expiresAt" in document and parse_time(document["expiresAt"]) <= now:
        return "expired"
    return "active" if document.get("isActive", True) else "paused"


def shown(subscription: Subscription, names: Names, now: datetime, *, system: bool) -> dict[str, Any]:
    """The subscription as JSON; ``system``: with the times at which it was made and changed."""
    document = dict(subscription.document)
    kept = kept_names(subscription.terms)
    for section, rename in _RENAMED.items():
        if section in document:
            document[section] = rename(document[section], _renamer(section, kept, names))
    notification = dict(document["notification"])
    for section in ("attributes", "pick", "omit"):
        if section in notification:
            notification[section] = _list(notification[section], _renamer(section, kept, names))
    sending = subscription.sending
    document["notification"] = {**notification, **_sending(sending)}
    document.setdefault("isActive", True)
    if isinstance(subscription.context, str):
        document.setdefault("jsonldContext", subscription.context)
    times = {"createdAt": rfc3339(subscription.created_at), "modifiedAt": rfc3339(subscription.modified_at)}
    return {"id": subscription.id, **document, "status": status_of(document, now), **(times if system else {})}


def _renamer(section: str, kept: NamesOf, names: Names) -> Callable[[re.Match[str]], str]:
    before = kept(section)
    return lambda found: found[0] if found[0] in _PLAIN else names.compact(before.expand(found[0]))


Rename = Callable[[re.Match[str]], str]


def _entities(given: Any, rename: Rename) -> Any:
    return [{name: _TYPE.sub(rename, each) if name == "type" else each for name, each in one.items()} for one in given]


def _list(given: Any, rename: Rename) -> Any:
    return [_MEMBER.sub(rename, each) for each in given]


def _listed(given: Any, rename: Rename) -> Any:
    return _MEMBER.sub(rename, given)


def _place(given: Any, rename: Rename) -> Any:
    return {name: _MEMBER.sub(rename, each) if name == "geoproperty" else each for name, each in given.items()}


_RENAMED: Mapping[str, Callable[[Any, Rename], Any]] = {
    "entities": _entities,
    "watchedAttributes": _list,
    "expandValues": _listed,
    "jsonKeys": _listed,
    "geoQ": _place,
}
"""The queries stay as they were written: their names are part of a language of its own."""


def _sending(sending: Sending) -> dict[str, Any]:
    found: dict[str, Any] = {"timesSent": sending.sent, "timesFailed": sending.failed}
    times = (
        ("lastNotification", sending.last),
        ("lastSuccess", sending.last_success),
        ("lastFailure", sending.last_failure),
    )
    found |= {name: rfc3339(at) for name, at in times if at is not None}
    if sending.last is not None:
        found["status"] = "ok" if sending.last == sending.last_success else "failed"
    return found
