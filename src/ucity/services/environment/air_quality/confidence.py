"""How far a bus's sensor can be trusted, from its comparisons with stations over the last thirty days.

``bias`` is the median ratio of the sensor to the stations: 1.2 means that it reads a fifth too high; a reading is
mended by dividing by it. ``confidence``, 0 to 1, is of the mended reading:

    confidence = agreement * n / (n + 5)

- agreement: share of the n hourly comparisons in which the mended sensor lay within a factor 1.5 of the station either
  way. Fifty per cent is the uncertainty that Directive 2008/50/EC, Annex I, allows indicative measurements of
  particulate matter;
- n / (n + 5) holds back while comparisons are few: five give half, forty, as many as Whitehill et al. (2024) take their
  running medians of, give 0.89. The five is our choice, as are the thirty days;
- a sensor whose bias is beyond a factor three has confidence 0: it is broken or badly set up, not merely biased.

Medians and shares, and no means: one passing lorry does not undo a sensor. With PM2.5 and PM10 the lower confidence
stands, since both come from one optical counter.

In districts, buses of confidence 0.5 and above tell what PM2.5 is between the stations. They never enter an index: no
index is defined for what moves.
"""

from datetime import timedelta

import polars as pl

from ucity.services.environment.air_quality.passing import POLLUTANTS

PERIOD = timedelta(days=30)
TRUSTED = 0.5
"""From this confidence on a bus tells of its district."""
FACTOR_AGREED = 1.5
FACTOR_BELIEVED = 3.0
_HELD_BACK = 5


def _confidence(key: str) -> pl.Expr:
    logs = pl.col(f"{key}_ratio").log()
    bias, count = logs.median(), logs.count()
    # The slack takes in what lies on the edge itself.
    agreement = ((logs - bias).abs() <= pl.lit(FACTOR_AGREED).log() + 1e-9).mean()
    believed = bias.abs() <= pl.lit(FACTOR_BELIEVED).log() + 1e-9
    return (agreement * count / (count + _HELD_BACK) * believed.cast(pl.Float64)).round(4).alias(f"{key}_confidence")


def confidences(checks: pl.DataFrame) -> pl.DataFrame:
    """Confidence of each bus after each of its comparisons: columns subject, observed_at, confidence, pm25_bias,
    pm10_bias, checks; in order of subject and time.

    ``checks``: columns subject, observed_at, pm25_ratio, pm10_ratio, in any order; null where not compared.
    """
    rolled = (
        checks.sort("subject", "observed_at")
        .rolling("observed_at", period=PERIOD, group_by="subject")
        .agg(
            *map(_confidence, POLLUTANTS),
            *(pl.col(f"{key}_ratio").log().median().exp().round(4).alias(f"{key}_bias") for key in POLLUTANTS),
            checks=pl.max_horizontal(pl.col(f"{key}_ratio").count() for key in POLLUTANTS).cast(pl.Float64),
        )
    )
    lowest = pl.min_horizontal(f"{key}_confidence" for key in POLLUTANTS)
    return rolled.select(
        "subject", "observed_at", lowest.alias("confidence"), *(f"{key}_bias" for key in POLLUTANTS), "checks"
    )
