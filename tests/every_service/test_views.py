"""Views are typed, closed and documented: requests and results from which OpenAPI follows."""

import inspect
import random
import re
from pathlib import Path
from types import UnionType
from typing import Any, get_args

from pydantic import BaseModel

from replay import Memory, answered, made_up
from ucity.blueprint import Service


def models_in(annotation: Any, seen: set[type[BaseModel]]) -> set[type[BaseModel]]:
    """Models that a type mentions, and those that they mention."""
    if isinstance(annotation, type) and not isinstance(annotation, UnionType) and issubclass(annotation, BaseModel):
        if annotation not in seen:
            seen.add(annotation)
            for field in annotation.model_fields.values():
                models_in(field.annotation, seen)
        return seen
    for part in get_args(annotation):
        models_in(part, seen)
    return seen


def test_names_are_paths_and_differ(service: Service) -> None:
    names = [view.name for view in service.views]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,47}", each) for each in names)


def test_requests_and_results_are_documented_and_closed(service: Service) -> None:
    for view in service.views:
        for model in models_in(view.request, set()) | models_in(view.result, set()):
            assert model.__doc__, model
            assert model.model_config.get("extra") == "forbid", f"{model.__name__} takes what it does not know"
            assert model.model_config.get("frozen") is True, model
            for key, field in model.model_fields.items():
                assert field.description, f"{model.__name__}.{key} is not described"


def test_requests_fit_into_a_query_string(service: Service) -> None:
    for view in service.views:
        for key, field in view.request.model_fields.items():
            mentioned = models_in(field.annotation, set())
            assert not mentioned, f"{view.name}?{key} is an object"


def test_answers_are_documented_coroutines(service: Service) -> None:
    for view in service.views:
        assert inspect.iscoroutinefunction(view.answer), view.name
        assert inspect.getdoc(view.answer), view.name


async def test_views_answer_on_a_city_that_knows_nothing_and_on_one_that_knows_much(
    name: str, service: Service, folder: Path
) -> None:
    told = Memory(name, service)
    for stream in service.streams:
        if not stream.derived:
            told.tell(stream, made_up(stream, random.Random(0)))  # noqa: S311 - not for secrets
    for view in service.views:
        await answered(view, Memory(name, service), folder)
        assert await answered(view, told, folder) is not None, f"{view.name} finds nothing of what its sample asks for"
