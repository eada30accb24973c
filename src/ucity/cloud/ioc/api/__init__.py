"""The city over HTTP: NGSI-LD, and the API of its own."""
