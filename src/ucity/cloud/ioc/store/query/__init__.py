"""The query of entities: what may be asked (``terms``), and how it is decided by SQL and in the process."""
