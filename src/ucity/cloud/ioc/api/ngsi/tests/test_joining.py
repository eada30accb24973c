"""Linked entities, without a database."""

from datetime import UTC, datetime

from ucity.cloud.ioc.api.ngsi.contexts import build
from ucity.cloud.ioc.api.ngsi.joining import Join, rendered
from ucity.cloud.ioc.api.ngsi.render import View
from ucity.cloud.ioc.store import Document

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def document(id_: str, *leads_to: str) -> Document:
    leading = {"urn:x:lists": {"type": "Relationship", "object": list(leads_to)}} if leads_to else {}
    return Document(id=id_, types=["urn:x:Thing"], attrs=leading, created_at=NOW, modified_at=NOW)


def test_how_linked_entities_are_shown_is_made_out_once_for_a_relationship_and_not_for_each_of_its_ids() -> None:
    linked = {id_: document(id_) for id_ in ("urn:x:1", "urn:x:2", "urn:x:3")}
    index = document("urn:x:index", *linked, *linked)
    first, *others = rendered([index], linked, build([]), View(), Join(level=1))
    assert (first[1].id, [doc.id for _, doc, _ in others]) == ("urn:x:index", list(linked))
    assert len({id(view) for _, _, view in others}) == 1
