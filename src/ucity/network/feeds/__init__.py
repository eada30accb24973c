"""Feeds that others publish: fetched with care, and decoded into typed columns. Nothing here knows who keeps them."""
