"""Templates: whole projects as data over the kinds of layers and effects; `shared.scene.gallery` is the table."""
