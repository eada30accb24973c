"""Which histories can meet a query at all, so far as the numbers and texts in them tell: conditions for SQL that let go
of none that does, so that fewer have to be looked at whole."""

from ucity.cloud.ioc.store.query.compile import Compiler
from ucity.cloud.ioc.store.query.terms import CREATED, MODIFIED, All, Condition, Path, Range, Term, Value

_OPERATORS = ("==", ">", ">=", "<", "<=")


def needed(condition: Condition | None) -> list[Term]:
    """The comparisons with numbers and with texts that a query cannot do without."""
    if isinstance(condition, All):
        return [term for part in condition.parts for term in needed(part)]
    return [condition] if isinstance(condition, Term) and _is_plain(condition) else []


def may_meet(compiler: Compiler, term: Term, in_time: str) -> str:
    """The condition on a row of ``entity`` that its history has a value that may meet such a comparison. ``in_time``:
    the condition that a row ``o`` of the history is of the time that is asked about.

    What was never observed at a time holds at any (annex C.5.5); what is no plain value is left to be looked at. An
    attribute that the asker may not read meets nothing.
    """
    attribute = f"o.attr = (SELECT id FROM attribute WHERE name = {compiler.given(term.path.attribute, 'text')})"  # noqa: S608 - see search
    meets = " OR ".join(
        ["o.number IS NULL AND o.text IS NULL", *(_compares(compiler, term, each) for each in term.operands)]
    )
    found = (
        f"EXISTS (SELECT FROM observation AS o WHERE o.entity = entity.key AND {attribute}"
        f" AND ({in_time} OR (o.json IS NOT NULL AND NOT o.json ? 'observedAt')) AND ({meets}))"
    )
    return compiler.readable("entity", term.path.attribute, found)


def _is_plain(term: Term) -> bool:
    plain = term.path == Path(attribute=term.path.attribute) and term.path.attribute not in (CREATED, MODIFIED)
    return plain and all(_is_known(term, each) for each in term.operands) and bool(term.operands)


def _is_known(term: Term, operand: Value | Range) -> bool:
    if isinstance(operand, Value) and operand.kind == "text":
        return term.operator == "=="
    kind = operand.kind if isinstance(operand, Value) else operand.low.kind
    return kind == "number" and term.operator in _OPERATORS


def _compares(compiler: Compiler, term: Term, operand: Value | Range) -> str:
    if isinstance(operand, Range):
        low, high = (compiler.given(each.value, "float8") for each in (operand.low, operand.high))
        return f"o.number BETWEEN {low} AND {high}"
    if operand.kind == "text":
        return f"o.text = {compiler.given(operand.value, 'text')}"
    operator = "=" if term.operator == "==" else term.operator
    return f"o.number {operator} {compiler.given(operand.value, 'float8')}"
