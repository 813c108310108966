"""A film that strobes, once encoded: what a viewer sees of it is safe when it was held back, and was not before."""

import av
import numpy as np

from backend.gpu.video import SegmentWriter
from shared.scene.flash import check_flashes, grid_size, shrink
from shared.scene.flash_limits import limit_flashes
from shared.schema.video import RenderOptions

OPTIONS = RenderOptions(width=160, height=90, fps=30, quality="draft")
FRAMES = 120


def paint(frame):
    """A strobe of 7.5 Hz from 1.5 s on, beside a gradient."""
    picture = np.zeros((90, 160, 4), np.uint8)
    picture[..., 1] = np.linspace(0, 120, 160)
    picture[..., 3] = 255
    if frame >= 45 and frame % 4 < 2:
        picture[10:80, 30:130, :3] = 255
    return picture


def film_light(path, pictures):
    """What a viewer sees, cell by cell."""
    with SegmentWriter(path, OPTIONS) as writer:
        for picture in pictures:
            writer.write(picture)
    with av.open(str(path), "r") as container:
        seen = [frame.to_ndarray(format="bgra").astype(np.uint8) for frame in container.decode(video=0)]
    return np.stack([shrink(picture, *grid_size(160, 90)) for picture in seen])


def test_a_film_that_strobes_is_safe_once_it_is_held_back(tmp_path):
    light = np.stack([shrink(paint(frame), *grid_size(160, 90)) for frame in range(FRAMES)])
    limits = limit_flashes(light, 30)
    before = film_light(tmp_path / "a", (paint(frame) for frame in range(FRAMES)))
    after = film_light(tmp_path / "b", (limits.hold(frame, paint(frame)) for frame in range(FRAMES)))
    assert [span.kind for span in check_flashes(before, 30).spans] == ["general"]
    assert check_flashes(after, 30).safe
    assert np.abs(after[:15].astype(int) - before[:15]).max() <= 3  # before it begins nothing is touched
