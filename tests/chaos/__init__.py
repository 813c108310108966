"""A real server with a tiny real model, killed at random: no job may be lost. Run it: `python -m tests.chaos`."""
