"""Commands that are imported when they are called: the city's own processes carry none of what the others need."""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

LAZY = ("devices", "keys", "load", "quarantine", "status")
"""Modules of ``ucity.commands``, each with the ``app`` of the command of its name."""


class LazyGroup(TyperGroup):
    """The commands that were added to it, and those of LAZY."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Every name."""
        return sorted({*super().list_commands(ctx), *LAZY})

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of this name, imported by now."""
        if cmd_name not in LAZY:
            return super().get_command(ctx, cmd_name)
        command = typer.main.get_command(import_module(f"ucity.commands.{cmd_name}").app)
        command.name = cmd_name
        return command
