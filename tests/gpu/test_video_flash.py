"""A film that strobes, from its pictures on disk to a file that a check finds safe."""

import av
import numpy as np
import pytest

from backend.gpu.video import SegmentWriter
from backend.gpu.video_flash import check_light, find_limits, read_limits, write_light
from shared.errors import KeylightError
from shared.scene.flash import check_flashes, grid_size, shrink
from shared.schema.video import RenderOptions

OPTIONS = RenderOptions(width=160, height=90, fps=30)
FRAMES = 150


def paint(frame):
    """A strobe of 7.5 Hz from the second second on, beside a gradient."""
    picture = np.zeros((90, 160, 4), np.uint8)
    picture[..., 1] = np.linspace(0, 120, 160)
    picture[..., 3] = 255
    if frame >= 45 and frame % 4 < 2:
        picture[10:80, 30:130, :3] = 255
    return picture


@pytest.fixture
def lights(tmp_path):
    paths = [tmp_path / f"light-{at}.npy" for at in range(3)]
    for at, path in enumerate(paths):
        write_light(path, (paint(frame) for frame in range(50 * at, 50 * at + 50)))
    return paths


def film_light(path, limits):
    """What a viewer sees of the film when it is held back."""
    with SegmentWriter(path, OPTIONS) as writer:
        for frame in range(FRAMES):
            picture = paint(frame)
            writer.write(picture if limits is None else limits.hold(frame, picture))
    with av.open(str(path), "r") as container:
        pictures = [frame.to_ndarray(format="bgra").astype(np.uint8) for frame in container.decode(video=0)]
    return np.stack([shrink(picture, *grid_size(160, 90)) for picture in pictures])


def test_a_film_that_strobes_is_safe_once_it_is_held_back(tmp_path, lights):
    (span,) = check_light(lights, 30).spans
    assert span.kind == "general"
    assert span.start_seconds == pytest.approx(1.5, abs=0.6)
    made = find_limits(lights, 30, tmp_path / "limits")
    limits = read_limits(tmp_path / "limits")
    assert limits is not None
    assert np.array_equal(limits.strengths, made.strengths)
    assert not check_flashes(film_light(tmp_path / "a", None), 30).safe
    assert check_flashes(film_light(tmp_path / "b", limits), 30).safe


def test_a_safe_film_has_no_limits(tmp_path):
    write_light(tmp_path / "light", (paint(0) for _ in range(40)))
    find_limits([tmp_path / "light"], 30, tmp_path / "limits")
    assert read_limits(tmp_path / "limits") is None
    assert read_limits(tmp_path / "none") is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["light", "limits"]


def test_light_that_is_missing_or_cut_is_told(tmp_path, lights):
    lights[1].write_bytes(lights[1].read_bytes()[:500])
    for wrong in (lights, [tmp_path / "gone"]):
        with pytest.raises(KeylightError, match="Light of the film is missing or damaged"):
            check_light(wrong, 30)
