"""The rules: what follows from vehicles' calls at stops."""

from datetime import timedelta

import polars as pl

from ucity.blueprint import NOTHING, Effects, Event, Given, Rule
from ucity.blueprint.frames import shaped
from ucity.services.transport.bus_information.punctuality import LONGEST_PLANNED, far_behind, hours, together
from ucity.services.transport.bus_information.streams import STOP_EVENTS, STOP_HOURS

HOUR = timedelta(hours=1)


def stop_hours(given: Given) -> Effects:
    """The hours that new calls fall into."""
    if given.around.is_empty():
        return NOTHING
    touched = given.new.frame.select("subject", pl.col("observed_at").dt.truncate("1h")).unique()
    found = hours(given.around).join(touched, on=("subject", "observed_at"), how="semi")
    return Effects(readings=(shaped(given.new.service, STOP_HOURS, found),)) if len(found) else NOTHING


def tell_of_late(given: Given) -> Effects:
    """An event for each run of a trip that is far behind its timetable, once."""
    return Effects(
        events=tuple(
            Event(
                key=f"{row['trip']}~{row['service_day']}",
                kind="late",
                at=row["observed_at"],
                subject=row["subject"],
                data={name: row[name] for name in ("trip", "route", "vehicle")} | {"delay": row["late"]},
            )
            for row in far_behind(given.around).iter_rows(named=True)
        )
    )


def tell_of_together(given: Given) -> Effects:
    """An event for each two vehicles of a line that come together, once however many stops they pass together."""
    found = together(given.around) if len(given.around) else given.around
    return Effects(
        events=tuple(
            Event(
                key=f"{row['before']}~{row['trip']}~{row['service_day']}",
                kind="together",
                at=row["observed_at"],
                subject=row["subject"],
                data={name: row[name] for name in ("before", "trip", "route", "vehicle", "gap", "planned")},
            )
            for row in found.sort("observed_at", "subject", "trip")
            .unique(["before", "trip", "service_day"], keep="first", maintain_order=True)
            .iter_rows(named=True)
        )
        if len(found)
        else ()
    )


RULES = (
    Rule(name="bus_information.stop_hours", on=STOP_EVENTS, then=stop_hours, window=HOUR, writes=(STOP_HOURS,)),
    Rule(name="bus_information.late", on=STOP_EVENTS, then=tell_of_late),
    Rule(name="bus_information.together", on=STOP_EVENTS, then=tell_of_together, window=LONGEST_PLANNED),
)
