"""Shared bicycles."""
