"""Bus information: where buses and trains are, when they come to a stop, and what is amiss."""
