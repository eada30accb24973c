"""The ``ucity`` command."""

import typer

app = typer.Typer(no_args_is_help=True, help="An open cloud for a whole city.")


@app.callback()
def _root() -> None:
    """An open cloud for a whole city."""


def main() -> None:
    """Entry point of the ``ucity`` command."""
    app()
