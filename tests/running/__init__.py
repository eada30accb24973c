"""Real servers and whole running cities for the tests, as pytest fixtures."""
