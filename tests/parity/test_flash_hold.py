"""A picture that is held back is the same in the preview, where the painter does it, and in the film."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np

from shared.scene.flash_limits import FlashLimits
from tests.parity.compare import psnr

STRENGTHS = (0.25, 0.6, 0.95, 1.0)
SIZES = {"wide": (640, 360, 36, 64), "tall": (270, 480, 48, 27), "odd": (333, 191, 37, 64)}


def test_held_back_pictures_are_alike(tmp_path: Path) -> None:
    chance = np.random.default_rng(11)
    cases, expected = [], {}
    for name, (width, height, rows, columns) in SIZES.items():
        for strength in STRENGTHS:
            case = f"{name}-{strength}"
            picture = chance.integers(0, 256, (height, width, 4), np.uint8)
            still = chance.integers(0, 256, (rows, columns, 4), np.uint8)
            picture[..., 3] = still[..., 3] = 255
            knots = FlashLimits(
                1, 2, np.full(2, strength, np.float32), np.array([0, 1], np.int32), np.stack([still] * 2)
            )
            expected[case] = knots.hold(0, picture)
            picture.tofile(tmp_path / f"{case}.picture")
            still.tofile(tmp_path / f"{case}.still")
            cases.append({"name": case, "width": width, "height": height, "rows": rows, "columns": columns}
                         | {"strength": strength})  # fmt: skip
    (tmp_path / "cases.json").write_text(json.dumps(cases), encoding="utf-8")
    subprocess.run(["node", str(Path(__file__).with_name("hold.mjs")), str(tmp_path)], check=True, timeout=120)
    for case, film in expected.items():
        page = np.fromfile(tmp_path / f"{case}.page", np.uint8).reshape(film.shape)
        apart = np.abs(page.astype(int) - film)
        assert apart.max() <= 1, case
        assert psnr(page, film) > 60, case
