"""``ucity docs``: the pages of ``docs/`` that are written from the code."""

import typing
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal

import typer
from pydantic.fields import FieldInfo

from ucity.settings import FILE, PREFIX, Settings

app = typer.Typer(no_args_is_help=True, help="Write the pages of the documentation that follow from the code.")

_HEAD = f"""# Settings

<!-- Written by `ucity docs settings --out docs/settings.md` from `src/ucity/settings.py`. Change it there. -->

Every setting can be given in three ways, of which the first one counts: as an option of `ucity serve` (where it has
one, see `ucity serve --help`), as a variable of the environment, or as a line of `{FILE}` in the data folder:

```toml
port = 8080
demo = false
```

A name that is not in this list is refused, wherever it is given.

| in `{FILE}` | in the environment | kind | unless set | what it is |
|---|---|---|---|---|
"""


@app.command()
def settings(
    out: Annotated[Path | None, typer.Option(help="File to write to, in place of the terminal.")] = None,
) -> None:
    """Write the page about all settings."""
    if out is None:
        typer.echo(settings_page(), nl=False)
    else:
        out.write_text(settings_page())


def settings_page() -> str:
    """``docs/settings.md`` in Markdown."""
    return _HEAD + "".join(_row(name, field) for name, field in Settings.model_fields.items())


def _row(name: str, field: FieldInfo) -> str:
    variable = PREFIX + name.upper()
    return f"| `{name}` | `{variable}` | {_kind(field.annotation)} | {_default(field)} | {field.description} |\n"


def _kind(annotation: Any) -> str:
    if typing.get_origin(annotation) is Literal:
        return " or ".join(f"`{choice}`" for choice in typing.get_args(annotation))
    if isinstance(annotation, UnionType) or typing.get_origin(annotation) is typing.Union:
        return _kind(next(kind for kind in typing.get_args(annotation) if kind is not NoneType))
    if typing.get_origin(annotation) is typing.Annotated:
        return _kind(typing.get_args(annotation)[0])
    return {bool: "`true` or `false`", int: "whole number", str: "text", Path: "path"}[annotation]


def _default(field: FieldInfo) -> str:
    if field.default in (None, ""):
        return "none"
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"
