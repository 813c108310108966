"""A real server with a tiny real model, killed at random among songs and films. Run it: `python -m tests.chaos`."""
