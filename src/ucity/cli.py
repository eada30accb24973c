"""The ``ucity`` command."""

import sys

import typer

from ucity.commands import docs
from ucity.commands.demo import demo
from ucity.commands.lazy import LazyGroup
from ucity.commands.router import router
from ucity.commands.serve import serve
from ucity.commands.web import web
from ucity.commands.worker import worker
from ucity.errors import UcityError

app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    help="An open cloud for a whole city.",
    pretty_exceptions_show_locals=False,  # they can be passwords
)
app.command()(serve)
app.command()(web)
app.command()(worker)
app.command()(router)
app.command()(demo)
app.add_typer(docs.app, name="docs")


@app.callback()
def _root() -> None:
    """An open cloud for a whole city."""


def main() -> None:
    """Entry point of the ``ucity`` command. What goes wrong on purpose is told in a line, without a traceback."""
    try:
        app()
    except UcityError as error:
        typer.echo(f"ucity: {error}", err=True)
        sys.exit(1)
