"""``python -m bench``."""

if __name__ == "__main__":  # not in the processes that publish and ask, which need none of this
    from bench.cli import main

    main()
