"""Fixtures for every test of the repository, in ``tests/`` and beside the rooms alike."""

pytest_plugins = ("running.servers", "running.store", "running.city", "running.web", "running.page")
