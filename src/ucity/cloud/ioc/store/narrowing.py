"""Which histories can meet a query at all, so far as the numbers in them tell: conditions for SQL that let go of none
that does, so that fewer have to be looked at whole."""

from ucity.cloud.ioc.store.query.compile import Compiler
from ucity.cloud.ioc.store.query.terms import CREATED, MODIFIED, All, Condition, Path, Range, Term, Value

_OPERATORS = ("==", ">", ">=", "<", "<=")


def needed(condition: Condition | None) -> list[Term]:
    """The comparisons with numbers that a query cannot do without."""
    if isinstance(condition, All):
        return [term for part in condition.parts for term in needed(part)]
    return [condition] if isinstance(condition, Term) and _is_numeric(condition) else []


def may_meet(compiler: Compiler, term: Term, in_time: str) -> str:
    """The condition on a row of ``entity`` that its history has a value that may meet such a comparison. ``in_time``:
    the condition that a row ``o`` of the history is of the time that is asked about.

    What was never observed at a time holds at any (annex C.5.5); what is no plain number is left to be looked at. An
    attribute that the asker may not read meets nothing.
    """
    attribute = f"o.attr = (SELECT id FROM attribute WHERE name = {compiler.given(term.path.attribute, 'text')})"  # noqa: S608 - see search
    meets = " OR ".join(["o.number IS NULL", *(_compares(compiler, term, each) for each in term.operands)])
    found = (
        f"EXISTS (SELECT FROM observation AS o WHERE o.entity = entity.key AND {attribute}"
        f" AND ({in_time} OR (o.json IS NOT NULL AND NOT o.json ? 'observedAt')) AND ({meets}))"
    )
    return compiler.readable("entity", term.path.attribute, found)


def _is_numeric(term: Term) -> bool:
    plain = term.path == Path(attribute=term.path.attribute) and term.path.attribute not in (CREATED, MODIFIED)
    return plain and term.operator in _OPERATORS and all(_kind(each) == "number" for each in term.operands)


def _kind(operand: Value | Range) -> str:
    return operand.kind if isinstance(operand, Value) else operand.low.kind


def _compares(compiler: Compiler, term: Term, operand: Value | Range) -> str:
    if isinstance(operand, Range):
        low, high = (compiler.given(each.value, "float8") for each in (operand.low, operand.high))
        return f"o.number BETWEEN {low} AND {high}"
    operator = "=" if term.operator == "==" else term.operator
    return f"o.number {operator} {compiler.given(operand.value, 'float8')}"
