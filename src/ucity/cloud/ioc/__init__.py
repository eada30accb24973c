"""The Integrated Operations Centre: collects, stores, processes and shares all of the city's data."""
