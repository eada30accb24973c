"""The way through the city: streets and timetables, journeys over them, and what is told of a journey."""
