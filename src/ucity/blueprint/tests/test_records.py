"""Declarations of records that could not become a table are refused when they are made."""

from dataclasses import replace

import pytest

from ucity.blueprint import Catalogue, Key, Measure, Records, Service

TITLE = {"ko": "시험", "en": "Test"}
COUNT = Measure(key="count", title=TITLE, unit="1", valid=(0, 10))
RECORDS = Records(name="test_days", title=TITLE, key=(Key(name="meter"),), measures=(COUNT,))


@pytest.mark.parametrize("name", ["Days", "days; drop", "", "1day", 'a"b', "d" * 49])
def test_names_are_plain(name: str) -> None:
    with pytest.raises(ValueError, match="lower case"):
        replace(RECORDS, name=name)
    with pytest.raises(ValueError, match="lower case"):
        replace(RECORDS, key=(Key(name=name),))
    if name:  # of measures there are none without
        with pytest.raises(ValueError, match="letters, digits and _"):
            replace(RECORDS, measures=(replace(COUNT, key=name),))


@pytest.mark.parametrize("key", ["count", "recorded_at"])
def test_names_of_columns_differ(key: str) -> None:
    with pytest.raises(ValueError, match="repeat"):
        replace(RECORDS, key=(Key(name=key),))


def test_a_row_has_a_key_and_says_something() -> None:
    for lacking in ({"key": ()}, {"measures": ()}):
        with pytest.raises(ValueError, match="has a key and says something"):
            replace(RECORDS, **lacking)  # type: ignore[arg-type]


def test_no_two_services_have_a_table_of_one_name() -> None:
    one = Service(serves=(), title=TITLE, summary=TITLE, streams=(), records=(RECORDS,))
    with pytest.raises(ValueError, match="the same name"):
        Catalogue({"environment/a": one, "environment/b": one})
