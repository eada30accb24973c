"""Views, asked as a service's samples ask."""

import json
from pathlib import Path

from pydantic import BaseModel

from ucity.blueprint import City, View
from ucity.errors import UcityError

ASKERS_FAULT = {403, 404, 409, 422}


def request_of(folder: Path, view: View) -> BaseModel:
    """The sample request, ``samples/<view>.request.json``; where there is none, the one that asks nothing special."""
    file = folder / "samples" / f"{view.name}.request.json"
    return view.request.model_validate_json(file.read_text("utf-8")) if file.exists() else view.request()


async def answered(view: View, city: City, folder: Path) -> BaseModel | None:
    """The answer, which is of the view's model and becomes JSON; None for an error that is the asker's to mend."""
    try:
        result = await view.answer(city, request_of(folder, view))
    except UcityError as error:
        assert error.status in ASKERS_FAULT, view.name
        return None
    assert type(result) is view.result
    json.loads(result.model_dump_json())
    return result
