"""Runs the services' rules over the change feed, each from its own place, with effects stored exactly once."""

from ucity.cloud.ioc.process.runner import RuleRunner

__all__ = ["RuleRunner"]
