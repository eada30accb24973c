"""The door for devices: nats-server listens to MQTT, and what is here tells it whom to let in and whom to put out."""
