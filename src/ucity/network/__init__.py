"""Layer 4: the doors and wires. MQTT, HTTP, feeds, cameras, links and their health."""
