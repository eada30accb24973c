"""ORDER BY of a query: values in the order of their kinds and then of ICU, entities that lack them last.

Source: ETSI GS CIM 009 V1.9.1, clauses 4.23.2 and 4.23.3.
"""

import json
import re

from ucity.cloud.ioc.store.database import Connection, Pool, transaction
from ucity.cloud.ioc.store.query.compile import Compiler
from ucity.cloud.ioc.store.query.terms import CREATED, MODIFIED, Order, Path
from ucity.errors import BadInput, Unprocessable

_TIMES = frozenset({"observedAt", "createdAt", "modifiedAt", "expiresAt"})
_ROOT = "und-x-icu"
_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,8}")
_TAILORED = re.compile(
    r"([a-z]{2,8})-u-(?:ks-(?:level[1-4]|identic)|co-(?:big5han|compat|dict|emoji|eor|gb2312|phonebk|phonetic|pinyin"
    r"|reformed|search|searchjl|standard|stroke|trad|unihan|zhuyin))"
)
"""Made when they are asked for first, by whoever may read: there are not more than a database can bear."""
_LOCK = 0x7563_6974_790A


class BadCollation(BadInput):
    """No collation that ICU knows."""


class NoCollations(Unprocessable):
    """The database was built without ICU, and knows one order alone."""


async def collation_of(pool: Pool, tag: str | None) -> str | None:
    """Name in the database of the collation that a language tag (RFC 6067) means: one that came with it, or a language
    with one of ICU's other orders or strengths. Without a tag that of ICU's root, or None where there is no ICU.

    Raises BadCollation for what is none, NoCollations where there are none.
    """
    if tag is not None and not _TAG.fullmatch(tag):
        raise BadCollation(f"collation is a language tag like de-u-co-phonebk, not {tag[:80]!r}.")
    async with transaction(pool) as connection:
        has_icu = await connection.fetchval(_HAS, _ROOT)
        if tag is None:
            return _ROOT if has_icu else None
        if not has_icu:
            raise NoCollations("The city's database orders texts in one way alone. Leave collation out.")
        return await _own(connection, tag.lower())


async def _own(connection: Connection, tag: str) -> str:
    own = f"ngsi-ld-{tag}"
    if known := await connection.fetchval(_KNOWN, [f"{tag}-x-icu", own]):
        return str(known)
    tailored = _TAILORED.fullmatch(tag)
    if not tailored or not await connection.fetchval(_KNOWN, [f"{tailored[1]}-x-icu"]):
        raise BadCollation(
            "collation is a language, perhaps with a script and a region, or like de-u-co-phonebk or und-u-ks-level1."
        )
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
    # A tag holds letters, digits and hyphens alone.
    await connection.execute(f"""CREATE COLLATION IF NOT EXISTS "{own}" (provider = icu, locale = '{tag}')""")
    return own


_KNOWN = (
    "SELECT collname::text FROM pg_collation WHERE lower(collname) = ANY($1::text[]) AND collprovider = 'i' LIMIT 1"
)
_HAS = "SELECT EXISTS (SELECT FROM pg_collation WHERE collname = $1 AND collprovider = 'i')"


def _texts(text: str, collation: str | None) -> list[str]:
    """What to sort texts by; without ICU by their letters whatever the case, and then by code points."""
    return [f'({text}) COLLATE "{collation}"'] if collation else [f"lower({text})", f'({text}) COLLATE "C"']


def ordering(compiler: Compiler, order: Order, number: int, collation: str | None) -> tuple[str, list[str]]:
    """(what has to be joined to ``entity``, the sort expressions) for one thing to order by, distances excepted."""
    direction = "DESC" if order.descending else "ASC"
    if not isinstance(order.path, Path):
        column = "entity.id" if order.path == "id" else "entity.types[1]"
        return "", [f"{each} {direction}" for each in _texts(column, collation)]
    joined, v = _joined(compiler, order.path, number)
    text = f"CASE jsonb_typeof({v}) WHEN 'string' THEN {v} #>> '{{}}' WHEN 'object' THEN {v} ->> '@value' END"
    sorts = [
        f"CASE jsonb_typeof({v}) WHEN 'number' THEN {v}::float8 END",
        *_texts(text, collation),
        v,
    ]
    if order.path.member in _TIMES or order.path.attribute in (CREATED, MODIFIED):
        sorts = [f"({v} #>> '{{}}')::timestamptz"]
    return joined, [
        f"coalesce({v} = 'null', true) ASC",
        *(f"{each} {direction} NULLS LAST" for each in (_kind(v), *sorts)),
    ]


def _kind(v: str) -> str:
    return (
        f"CASE WHEN jsonb_typeof({v}) = 'object' AND {v} ? '@value'"
        f" THEN CASE {v} ->> '@type' WHEN 'Time' THEN 5 WHEN 'Date' THEN 6 ELSE 7 END"
        f" ELSE array_position('{{number,string,object,array,boolean}}', jsonb_typeof({v})) - 1 END"
    )


def _joined(compiler: Compiler, path: Path, number: int) -> tuple[str, str]:
    if path.attribute in (CREATED, MODIFIED):
        own = compiler.own_time(path.attribute, "entity")
        return f" CROSS JOIN LATERAL {own} AS o{number}(v, i)", f"o{number}.v"
    steps = "".join(f".{json.dumps(name)}[*]" for name in path.inner)
    instances = compiler.given(f"$.{json.dumps(path.attribute)}[*]{steps}", "jsonpath")
    found = (
        f"SELECT {compiler.target(path, typed=True)} AS v FROM jsonb_path_query(entity.attrs, {instances}) AS i"  # noqa: S608 - constants and placeholders
        " ORDER BY i ? 'datasetId' LIMIT 1"
    )
    readable = compiler.readable("entity", path.attribute, "true")
    return f" LEFT JOIN LATERAL ({found}) AS o{number} ON {readable}", f"o{number}.v"
