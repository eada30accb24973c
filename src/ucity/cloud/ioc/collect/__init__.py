"""Takes readings in: validates them by their stream's declaration and commits them, log by log."""

from ucity.cloud.ioc.collect.check import Checked, Problem, Sender, check

__all__ = ["Checked", "Problem", "Sender", "check"]
