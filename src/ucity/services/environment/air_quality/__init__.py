"""Air quality: stations and bus-mounted sensors, and the index that people read."""
