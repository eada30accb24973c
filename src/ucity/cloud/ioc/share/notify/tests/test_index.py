"""The index finds exactly what holding an alteration against every subscription would find."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.share.notify import Index, Trigger, Wanted, fires, seen
from ucity.cloud.ioc.store import Document
from ucity.cloud.ioc.store.alterations import Alteration, alteration
from ucity.cloud.ioc.store.query.terms import Path, Selection, Selector, Term, Value

TENANTS, TYPES, NAMES = ("", "b"), ("urn:t:A", "urn:t:B", "urn:t:C"), ("urn:p:a", "urn:p:b", "urn:p:c")
IDS = ("urn:e:1", "urn:e:2", "urn:e:11")
NOW = datetime(2026, 11, 24, tzinfo=UTC)

_instances = st.builds(lambda value: {"type": "Property", "value": value}, st.integers(0, 2))
_attrs = st.dictionaries(st.sampled_from(NAMES), _instances)
_types = st.lists(st.sampled_from(TYPES), min_size=1, max_size=2, unique=True)


@st.composite
def alterations(draw: st.DrawFn) -> Alteration | None:
    id_, tenant = draw(st.sampled_from(IDS)), draw(st.sampled_from(TENANTS))
    sides = [
        Document(id=id_, tenant=tenant, types=draw(_types), attrs=draw(_attrs)) if there else None
        for there in draw(st.sampled_from(((False, True), (True, True), (True, False))))
    ]
    return alteration(sides[0], sides[1], NOW)


_selectors = st.builds(
    Selector,
    types=st.lists(_types.map(tuple), max_size=2).map(tuple),
    ids=st.lists(st.sampled_from(IDS), max_size=2).map(tuple),
    id_pattern=st.sampled_from((None, "1$", "e:2")),
)
_queries = st.builds(
    lambda name, value: Term(Path(attribute=name), ">=", (Value(float(value)),)),
    st.sampled_from(NAMES),
    st.integers(0, 2),
)
_wanted = st.builds(
    Wanted,
    key=st.integers(1, 6),
    tenant=st.sampled_from(TENANTS),
    owner=st.just("key:x"),
    endpoint=st.just("http://x"),
    since=st.just(0),
    selection=st.builds(Selection, selectors=st.lists(_selectors, max_size=2).map(tuple), query=st.none() | _queries),
    watched=st.none() | st.frozensets(st.sampled_from(NAMES), min_size=1),
    triggers=st.frozensets(st.sampled_from([each for each in Trigger if each != Trigger.ENTITY_UPDATED]), min_size=1),
)


@given(st.lists(_wanted, max_size=12), st.lists(alterations(), max_size=4))
def test_the_index_finds_what_the_plain_predicate_finds(given_: list[Wanted], changes: list[Alteration | None]) -> None:
    index, known = Index(), dict[int, Wanted]()
    for each in given_:  # with the same key, the later takes the place of the earlier
        index.put(each)
        known[each.key] = each
    for change in filter(None, changes):
        plain = {key for key, each in known.items() if each.tenant == change.document.tenant and fires(each, change)}
        assert {each.key for each in index.candidates(change) if fires(each, change)} == plain


@given(st.lists(_wanted, max_size=12))
def test_what_is_taken_out_leaves_nothing_behind(given_: list[Wanted]) -> None:
    index = Index()
    for each in given_:
        index.put(each)
    for each in given_:
        index.remove(each.key)
    assert len(index) == 0
    assert not index._spots


def test_subscriptions_to_other_things_are_not_looked_at() -> None:
    index = Index()
    for number in range(1000):
        selector = Selector(types=((f"urn:t:{number}",),))
        index.put(_to(number, Selection(selectors=(selector,))))
        index.put(_to(1000 + number, Selection(selectors=(Selector(ids=(f"urn:e:{number}",)),))))
        watched = frozenset({f"urn:p:{number}"})
        index.put(replace(_to(2000 + number, Selection(selectors=(Selector(types=(("urn:t:7",),)),))), watched=watched))
    after = Document(id="urn:e:9", types=["urn:t:7"], attrs={"urn:p:5": {"type": "Property", "value": 1}})
    change = alteration(None, after, NOW)
    assert change is not None
    assert {each.key for each in index.candidates(change)} == {7, 1009, 2005}


def _to(key: int, selection: Selection) -> Wanted:
    return Wanted(key=key, tenant="", owner="key:x", endpoint="http://x", since=0, selection=selection)


def test_what_may_not_be_read_is_not_known_to_have_changed() -> None:
    predicate = Predicate("test", "", {"urn:t:A": frozenset({"urn:p:a"})})
    old: Mapping[str, Any] = {name: {"type": "Property", "value": 1} for name in NAMES}
    new = {name: {"type": "Property", "value": 2} for name in NAMES}
    change = alteration(
        Document(id="urn:e:1", types=["urn:t:A"], attrs=dict(old)),
        Document(id="urn:e:1", types=["urn:t:A"], attrs=new),
        NOW,
    )
    assert change is not None
    known = seen(change, predicate)
    assert known is not None
    assert known.before.keys() == known.document.attrs.keys() == {"urn:p:a"}
    assert seen(replace(change, document=replace(change.document, types=["urn:t:B"])), predicate) is None
    assert seen(replace(change, document=replace(change.document, tenant="b")), predicate) is None
