"""What there is: types of entities, their attributes and the kinds of these, counted within what the asker may see."""

from collections import Counter
from dataclasses import dataclass, field

from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.policy.names import EXPIRES_AT, SCOPE
from ucity.cloud.ioc.store.database import Pool
from ucity.cloud.ioc.store.fetching import fetch
from ucity.cloud.ioc.store.query.compile import Compiler
from ucity.cloud.ioc.store.query.terms import Selection, Selector
from ucity.cloud.ioc.store.tally import counted_by_types


@dataclass
class AttributeCount:
    """``instances``: how many there are; ``kinds``: Property ...; ``types``: of entities that have it."""

    instances: int = 0
    kinds: set[str] = field(default_factory=set)
    types: set[str] = field(default_factory=set)


@dataclass
class Inventory:
    """``entities``: type to how many there are; ``attributes``: by their names. All names are IRIs."""

    entities: Counter[str] = field(default_factory=Counter)
    attributes: dict[str, AttributeCount] = field(default_factory=dict)

    def of_type(self, type_: str) -> dict[str, AttributeCount]:
        """Attributes that entities of this type have."""
        return {name: each for name, each in self.attributes.items() if type_ in each.types}


async def types(pool: Pool, predicate: Predicate) -> Counter[str]:
    """Types of entities to how many there are of each. Raises TooSlow."""
    compiler = Compiler(predicate)
    found: Counter[str] = Counter()
    for row in await fetch(pool, counted_by_types(compiler), *compiler.arguments):
        found.update(dict.fromkeys(row["types"], row["count"]))
    return found


async def inventory(
    pool: Pool, predicate: Predicate, *, type_: str | None = None, attribute: str | None = None
) -> Inventory:
    """Everything, or what there is of entities of one type, or with one attribute. Raises TooSlow."""
    selectors = () if type_ is None else (Selector(types=((type_,),)),)
    compiler = Compiler(predicate)
    meant = Selection(selectors=selectors, attributes=frozenset() if attribute is None else frozenset({attribute}))
    where = compiler.where(meant)
    named = "" if attribute is None else f" WHERE a.name = {compiler.given(attribute, 'text')}"
    sql = (
        f"WITH meant AS (SELECT types, attrs FROM entity WHERE {where})"  # noqa: S608 - see search
        " SELECT types, NULL AS name, NULL AS kind, count(*) FROM meant GROUP BY types"
        " UNION ALL SELECT types, a.name, i->>'type', count(*) FROM meant, jsonb_each(attrs) AS a(name, value),"
        f" jsonb_path_query(a.value, '$[*]') AS i{named} GROUP BY 1, 2, 3"
    )
    found = Inventory()
    for row in await fetch(pool, sql, *compiler.arguments):
        _take(found, row["types"], row["name"], row["kind"], row["count"], predicate)
    return found


def _take(  # noqa: PLR0913, PLR0917 - the columns of a row
    found: Inventory, kinds: list[str], name: str | None, kind: str | None, number: int, predicate: Predicate
) -> None:
    if name is None:
        found.entities.update(dict.fromkeys(kinds, number))
        return
    allowed = predicate.attributes(kinds)
    if name in (SCOPE, EXPIRES_AT) or kind is None or (allowed is not None and name not in allowed):
        return
    attribute = found.attributes.setdefault(name, AttributeCount())
    attribute.instances += number
    attribute.kinds.add(kind)
    attribute.types.update(kinds)
