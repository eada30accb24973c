"""Commands that are imported when they are called: the city's own processes carry none of what the others need."""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

LAZY = ("devices", "feed", "keys", "load", "quarantine", "status")
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


class DefaultGroup(TyperGroup):
    """A group whose command ``readings`` is meant when none of its commands is named."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """See click."""
        named = args and (args[0] in self.commands or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if named or not args else ["readings", *args])
