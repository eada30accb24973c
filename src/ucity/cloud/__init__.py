"""Layer 3: the cloud. Everything that the services share: the operations centre, routing, ledgers, BMAC."""
