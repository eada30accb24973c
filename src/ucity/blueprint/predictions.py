"""Predictions of calls at stops that are kept until the calls are made, to learn how far predictions err."""

HORIZONS = (3, 10, 20)
"""Minutes before a call at which what is predicted of it is kept."""


def predicted(minutes: int) -> str:
    """Name of the measure of ``bus_information/stop_events`` that keeps it: the delay, in seconds."""
    return f"predicted_{minutes}"
