"""What is said of a request that does not fit: the field, and how to mend it, in the language that is asked for."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
import pytest
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ucity.errors import Unfit
from ucity.languages import REQUIRED_LANGUAGES
from ucity.network.http.mistakes import TEXTS, unprocessable
from ucity.network.http.problems import problem_response


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


def never(value: str) -> str:
    raise Unfit({"ko": "안 됩니다.", "en": "Never."}) if value == "no" else ValueError("because")


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    needed: str = "x"
    whole: Annotated[int, Field(ge=1, le=9)] = 1
    number: Annotated[float, Field(gt=0, lt=9, allow_inf_nan=False)] = 1
    truth: bool = True
    at: AwareDatetime | None = None
    day: date | None = None
    kind: Literal["a", "b"] = "a"
    colour: Colour = Colour.RED
    text: Annotated[str, StringConstraints(min_length=2, max_length=3, pattern="^[a-z{}]+$")] = "aa"
    some: Annotated[list[str], Field(min_length=1, max_length=2)] = Field(default_factory=lambda: ["a"])
    own: Annotated[str, AfterValidator(never)] = ""


def refused(wrong: dict[str, Any], language: str) -> dict[str, Any]:
    with pytest.raises(ValidationError) as found:
        Asked.model_validate(wrong)
    errors = [error | {"loc": ("query", *error["loc"])} for error in found.value.errors()]
    answer = problem_response(RequestValidationError(errors), {"languages": language})
    document: dict[str, Any] = msgspec.json.decode(answer.body)
    assert (answer.headers["content-language"], answer.headers["vary"]) == (language, "Accept-Language")
    assert document["status"] == 422
    return document


@pytest.mark.parametrize(
    ("wrong", "ko", "en"),
    [
        ({"needed": 5}, "글자로", "a text"),
        ({"unknown": "x"}, "빼 주세요", "leave it out"),
        ({"whole": "x"}, "정수로", "whole number"),
        ({"whole": "9" * 5000}, "정수로", "whole number"),
        ({"whole": "1.5"}, "정수로", "whole number"),
        ({"whole": "0"}, "1 이상", "1 or more"),
        ({"whole": "10"}, "9 이하", "9 or less"),
        ({"number": "nan"}, "수로", "a number"),
        ({"number": "0"}, "0.0보다 크게", "more than 0"),
        ({"number": "9"}, "9.0보다 작게", "less than 9"),
        ({"truth": "maybe"}, "true 또는 false", "true or false"),
        ({"at": "soon"}, "시간대", "its zone"),
        ({"at": "2026-11-24T09:00:00"}, "시간대", "its zone"),
        ({"day": "soon"}, "날짜", "a day"),
        ({"kind": "c"}, "a, b", "one of a, b."),
        ({"colour": "green"}, "red, blue", "one of red, blue."),
        ({"text": "a"}, "2글자 이상", "2 characters or more"),
        ({"text": "aaaa"}, "3글자 이하", "3 characters or fewer"),
        ({"text": "AA"}, "^[a-z{}]+$", "^[a-z{}]+$"),
        ({"some": []}, "1개 이상", "1 or more of them"),
        ({"some": ["a"] * 3}, "2개 이하", "2 or fewer of them"),
        ({"own": "no"}, "안 됩니다.", "Never."),
        ({"own": "other"}, "쓸 수 없습니다", "because"),
    ],
    ids=str,
)
def test_each_mistake_is_told_with_its_field_and_how_to_mend_it(wrong: dict[str, Any], ko: str, en: str) -> None:
    (field,) = wrong
    for language, said in (("ko", ko), ("en", en)):
        document = refused(wrong, language)
        (mistake,) = document["errors"]
        assert mistake["field"] == field
        assert said in mistake["detail"]
        assert document["detail"] == f"{field}: {mistake['detail']}"


def test_all_mistakes_are_told_and_the_first_one_in_short() -> None:
    document = refused({"whole": "x", "truth": "x"}, "ko")
    assert [each["field"] for each in document["errors"]] == ["whole", "truth"]
    assert document["detail"].startswith("whole: ")


def test_a_request_that_does_not_fit_as_a_whole_has_no_field() -> None:
    said = {"type": "missing", "loc": ("body",), "msg": "Field required"}
    assert unprocessable(RequestValidationError([said]), "en").detail == TEXTS["missing"]["en"]
    assert unprocessable(RequestValidationError([]), "ko").texts["ko"]


def test_everything_is_said_in_every_language() -> None:
    assert all(text.keys() == set(REQUIRED_LANGUAGES) for text in TEXTS.values())
