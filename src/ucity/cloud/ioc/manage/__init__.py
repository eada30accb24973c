"""Runs one city's processes: the embedded servers, the city's own, their folder, their certificates."""
