"""Transport: what moves in the city, and how people get where they want to be."""
