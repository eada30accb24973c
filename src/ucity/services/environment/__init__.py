"""Environment: air, carbon, water, waste, light, noise, fields."""
