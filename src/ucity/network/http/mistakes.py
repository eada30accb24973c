"""What is said of a request that does not fit: of each field, how to mend it, in the language of whoever asked."""

from collections.abc import Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError

from ucity.blueprint import Text
from ucity.errors import Unfit, Unprocessable

_NUMBER: Text = {"ko": "수로 적어 주세요.", "en": "Give a number."}
_WHOLE: Text = {"ko": "정수로 적어 주세요.", "en": "Give a whole number."}
_TRUTH: Text = {"ko": "true 또는 false로 적어 주세요.", "en": "Give true or false."}
_TIME: Text = {
    "ko": "시간대가 있는 RFC 3339 시각으로 적어 주세요. 예: 2026-11-24T09:00:00+09:00 "
    "(주소 안에서는 +를 %2B로 적습니다.)",
    "en": "Give a time with its zone as in RFC 3339, like 2026-11-24T09:00:00+09:00 (in an address, + is written %2B).",
}
_DAY: Text = {"ko": "날짜로 적어 주세요. 예: 2026-11-24", "en": "Give a day, like 2026-11-24."}
_TEXT: Text = {"ko": "글자로 적어 주세요.", "en": "Give a text."}
_LIST: Text = {"ko": "목록으로 적어 주세요.", "en": "Give a list."}
_OBJECT: Text = {"ko": "JSON 객체로 적어 주세요.", "en": "Give a JSON object."}
_ONE_OF: Text = {"ko": "다음 가운데 하나로 적어 주세요: {expected}", "en": "Give one of {expected}."}
TEXTS: Mapping[str, Text] = {
    "missing": {"ko": "반드시 있어야 합니다. 적어 주세요.", "en": "It is needed: give it."},
    "extra_forbidden": {
        "ko": "여기에는 없는 항목입니다. 빼 주세요.",
        "en": "There is no such thing here: leave it out.",
    },
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "int_type": _WHOLE,
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "finite_number": _NUMBER,
    "bool_parsing": _TRUTH,
    "bool_type": _TRUTH,
    "datetime_parsing": _TIME,
    "datetime_from_date_parsing": _TIME,
    "datetime_object_invalid": _TIME,
    "datetime_type": _TIME,
    "timezone_aware": _TIME,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "date_type": _DAY,
    "string_type": _TEXT,
    "list_type": _LIST,
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "literal_error": _ONE_OF,
    "enum": _ONE_OF,
    "greater_than_equal": {"ko": "{ge} 이상으로 적어 주세요.", "en": "Give {ge} or more."},
    "greater_than": {"ko": "{gt}보다 크게 적어 주세요.", "en": "Give more than {gt}."},
    "less_than_equal": {"ko": "{le} 이하로 적어 주세요.", "en": "Give {le} or less."},
    "less_than": {"ko": "{lt}보다 작게 적어 주세요.", "en": "Give less than {lt}."},
    "string_too_short": {"ko": "{min_length}글자 이상으로 적어 주세요.", "en": "Give {min_length} characters or more."},
    "string_too_long": {"ko": "{max_length}글자 이하로 적어 주세요.", "en": "Give {max_length} characters or fewer."},
    "too_short": {"ko": "{min_length}개 이상 적어 주세요.", "en": "Give {min_length} or more of them."},
    "too_long": {"ko": "{max_length}개 이하로 적어 주세요.", "en": "Give {max_length} or fewer of them."},
    "string_pattern_mismatch": {
        "ko": "정해진 꼴로 적어 주세요 (정규 표현식 {pattern}).",
        "en": "Give it in the form of the regular expression {pattern}.",
    },
    "json_invalid": {"ko": "올바른 JSON으로 보내 주세요.", "en": "Send valid JSON."},
}
"""By the type of a mistake in pydantic, https://docs.pydantic.dev/latest/errors/validation_errors/."""
_OTHERWISE: Text = {"ko": "이 값은 쓸 수 없습니다 ({msg}).", "en": "It cannot be used: {msg}."}
_NOTHING: Text = {"ko": "요청이 이 주소에 맞지 않습니다.", "en": "The request does not fit."}


def unprocessable(error: RequestValidationError, language: str) -> Unprocessable:
    """The same with ``errors``: the ``field`` of each mistake, and in this language how to mend it."""
    mistakes = [_mistake(each) for each in error.errors()]
    first = mistakes[0] if mistakes else ("", _NOTHING)
    detail = {language: f"{first[0]}: {text}" if first[0] else text for language, text in first[1].items()}
    return Unprocessable(detail, errors=[{"field": field, "detail": text[language]} for field, text in mistakes])


def _mistake(told: Mapping[str, Any]) -> tuple[str, Text]:
    field = ".".join(str(part) for part in told["loc"][1:])
    context = dict(told.get("ctx", {}))
    own = context.get("error")
    if isinstance(own, Unfit):
        return field, own.texts
    if "expected" in context:
        context["expected"] = str(context["expected"]).replace(" or ", ", ").replace("'", "")
    text = TEXTS.get(told["type"], _OTHERWISE)
    return field, {language: form.format(**context, msg=told["msg"]) for language, form in text.items()}
