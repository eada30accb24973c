"""What one does on a way inside a station, as far as it is worth telling a traveller."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from ucity.blueprint.journeys import Label, Passage, Step
from ucity.cloud.routing.stations.pathways import PASSAGES
from ucity.cloud.routing.timetable import Timetable


def steps_of(timetable: Timetable, pathways: Sequence[int]) -> tuple[Step, ...]:
    """Of rows of the timetable's pathways one after another. Flights of stairs, and floors that a lift passes, are one
    step; level ground is none, unless signs lead along it."""
    steps = [_step(timetable, row) for row in pathways]
    together = [_as_one(list(alike)) for _, alike in groupby(steps, lambda step: (step.passage, step.rises))]
    return tuple(
        each for each in together if each.passage is not Passage.WALKWAY or each.sign or each.rises is not None
    )


def _step(timetable: Timetable, row: int) -> Step:
    pathway = timetable.pathways.row(row, named=True)
    origin, to = (timetable.stops.row(pathway[end], named=True) for end in ("origin", "to"))
    stairs, rises = pathway["stairs"], None
    if stairs or None not in (origin["level"], to["level"]):
        climb = stairs or to["level_index"] - origin["level_index"]
        rises = climb > 0 if climb else None
    is_other = to["level_name"] and to["level"] != origin["level"]
    kind = "back_sign" if pathway["is_reversed"] else "sign"
    return Step(
        passage=PASSAGES[pathway["mode"] - 1],
        rises=rises,
        stairs=abs(stairs),
        level=Label(f"level:{to['level']}", to["level_name"]) if is_other else None,
        sign=Label(f"{kind}:{pathway['key']}", pathway["sign"]) if pathway["sign"] else None,
    )


def _as_one(steps: Sequence[Step]) -> Step:
    signs = (step.sign for step in steps if step.sign)
    return replace(steps[-1], stairs=sum(step.stairs for step in steps), sign=next(signs, None))
