"""The screenshots of `docs/`: `nox -s shots`."""
