"""Lets ``python -m ucity`` do what the ``ucity`` command does."""

from ucity.cli import main

if __name__ == "__main__":
    main()
