"""Measurements side by side with the named peers, in one run on one machine: `nox -s bench [-- PART ...]`."""
