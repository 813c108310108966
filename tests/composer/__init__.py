"""Short pieces of music with exact truth, composed from a seed. May import numpy, `shared.theory` and stdlib."""
