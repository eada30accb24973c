"""Takes away what was stored for a time only: entities and attributes of which ``expiresAt`` has passed.

Source: ETSI GS CIM 009 V1.9.1, clause 4.22.
"""

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from ucity.cloud.ioc.policy.names import EXPIRES_AT
from ucity.cloud.ioc.store.batch import Batch, Document, Edit
from ucity.cloud.ioc.store.commit import Committer
from ucity.cloud.ioc.store.database import Pool, session
from ucity.cloud.ioc.store.documents import is_attribute, parse_time

TOGETHER = 500
_DUE = "SELECT tenant, id FROM entity WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2"


async def expire(pool: Pool, committer: Committer, now: datetime) -> int:
    """Take away what is due, as edits that belong into the history; returns how many entities were changed."""
    changed = 0
    while True:
        async with session(pool) as connection:
            due = await connection.fetch(_DUE, now, TOGETHER)
        edits = [Edit(tenant=row["tenant"], id=row["id"], apply=partial(unexpired, now=now)) for row in due]
        if edits:
            await committer.commit(Batch(edits=tuple(edits)))
        changed += len(edits)
        if len(edits) < TOGETHER:
            return changed


def unexpired(doc: Document | None, now: datetime) -> Document | None:
    """The document without what has expired; None when all of it has."""
    if doc is None or (EXPIRES_AT in doc.attrs and parse_time(doc.attrs[EXPIRES_AT]["value"]) <= now):
        return None
    left = {name: kept for name, attribute in doc.attrs.items() if (kept := _unexpired(attribute, now)) is not None}
    return replace(doc, attrs=left)


def _unexpired(attribute: Any, now: datetime) -> Any:
    """What is left of an attribute, the same object when all is; None when nothing is."""
    instances = attribute if isinstance(attribute, list) else [attribute]
    left = [_inside(each, now) for each in instances if "expiresAt" not in each or parse_time(each["expiresAt"]) > now]
    if len(left) == len(instances) and all(new is old for new, old in zip(left, instances, strict=True)):
        return attribute
    return left[0] if len(left) == 1 else left or None


def _inside(instance: dict[str, Any], now: datetime) -> dict[str, Any]:
    """An instance with what is left of the attributes in it."""
    inner = {name: _unexpired(value, now) for name, value in instance.items() if is_attribute(name)}
    if all(left is instance[name] for name, left in inner.items()):
        return instance
    return {name: kept for name, value in instance.items() if (kept := inner.get(name, value)) is not None}
