"""Fixtures for every test of the repository, in ``tests/`` and beside the rooms alike."""

from hypothesis import settings

# How long an example takes depends on what else the machine does.
settings.register_profile("ucity", deadline=None)
settings.load_profile("ucity")

pytest_plugins = (
    "running.servers",
    "running.store",
    "running.city",
    "running.web",
    "running.page",
    "running.feeds",
    "running.receiver",
)
