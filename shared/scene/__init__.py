"""A project and a song's features become pictures: for each time one display list, which a painter plays.

A frame is a pure function of (project, features, facts of the media, time). Painters (`web/js/painter.js`,
`backend/gpu/raster.py`) know nothing of music or time; they play `shared.scene.ops` with what `shared.scene.resources`
names. Only numpy, msgspec and `shared` may be imported here.
"""
