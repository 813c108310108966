"""Kinds of effects, one module each (or each family): a constant `KIND` or `KINDS`. See `shared.scene.kind`."""
