"""The arrows between rooms point one way: each room may import what is listed here, and nothing else.

A rule holds for every module below its path; the longest path wins. `stdlib` stands for the standard library less
`WORLD`, which is files, network, clock and chance; `world` stands for those.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

#: Standard modules by which a program sees more than its arguments; shared/ does without.
WORLD = frozenset(
    {
        "asyncio", "datetime", "glob", "http", "multiprocessing", "os", "pathlib", "random", "secrets", "select",
        "shutil", "signal", "socket", "sqlite3", "subprocess", "tempfile", "threading", "time", "urllib", "uuid",
    }
)  # fmt: skip

WEB = {"stdlib", "world", "msgspec", "brotli", "litestar", "uvicorn", "anyio", "shared", "backend"}
GPU = {"stdlib", "world", "msgspec", "numpy", "shared", "backend.gpu", "web.py.decode"}

RULES = {
    "shared": {"stdlib", "numpy", "msgspec", "shared"},
    "shared/errors.py": {"stdlib"},
    "shared/units.py": {"stdlib"},
    "shared/theory": {"stdlib", "shared.errors", "shared.theory", "shared.units", "msgspec"},
    "shared/schema": {"stdlib", "msgspec", "shared.errors", "shared.schema", "shared.theory"},
    "shared/schema/jobs.py": {"stdlib", "msgspec", "shared.errors", "shared.schema.video"},
    "shared/scene": {"stdlib", "numpy", "msgspec", "shared.errors", "shared.scene", "shared.schema", "shared.spectrum"},
    "shared/scene/flash.py": {"stdlib", "numpy", "shared.errors", "shared.scene", "shared.units"},
    "shared/separation": {"stdlib", "numpy", "shared.errors", "shared.separation", "shared.spectrum", "shared.units"},
    "shared/spectrum": {"stdlib", "numpy", "msgspec", "shared.errors", "shared.spectrum", "shared.units"},
    "shared/spectrum/peaks.py": {"stdlib", "numpy", "shared.errors", "shared.schema.analysis"},
    "web/py": {"stdlib", "world", "numpy", "msgspec", "shared", "web"},
    "web/py/bridge.py": {"stdlib", "world", "numpy", "msgspec", "shared", "web", "js", "pyodide", "pyodide_js"},
    "web/py/preview_bridge.py": {"stdlib", "world", "numpy", "msgspec", "shared", "web", "js", "pyodide"},
    "web/py/analysis/native_tagger.py": {"stdlib", "world", "numpy", "shared", "web", "onnxruntime"},
    "web/py/decode.py": {"stdlib", "world", "numpy", "shared", "web", "av"},
    "backend": WEB,
    "backend/storage.py": WEB | {"obstore"},
    "backend/settings.py": WEB | {"dbos", "sqlalchemy"},
    "backend/jobs.py": WEB | {"dbos", "sqlalchemy"},
    "backend/flows.py": WEB | {"dbos", "sqlalchemy"},
    "backend/worker.py": WEB | {"dbos", "sqlalchemy"},
    "backend/refusals.py": WEB | {"sqlalchemy"},
    "backend/progress.py": WEB | {"sqlalchemy"},
    "backend/bench.py": WEB | {"sqlalchemy"},
    "backend/run.py": WEB | {"sqlalchemy"},
    "backend/lease.py": WEB | {"psycopg", "sqlalchemy"},
    "backend/metrics.py": WEB | {"prometheus_client"},
    "backend/upload.py": WEB | {"multipart"},
    "backend/archive.py": WEB | {"zipstream"},
    "backend/assets": {"stdlib", "world", "numpy", "msgspec", "brotli", "shared.errors", "backend.assets"},
    # The worker side decodes as the command line does; it knows nothing else of the browser's side.
    "backend/gpu": GPU,
    "backend/gpu/media_films.py": GPU | {"av"},
    "backend/gpu/media_pictures.py": GPU | {"skia"},
    "backend/gpu/models.py": GPU | {"demucs"},
    # Nothing else knows Skia.
    "backend/gpu/raster.py": GPU | {"skia"},
    "backend/gpu/raster_letters.py": GPU | {"skia"},
    "backend/gpu/raster_grow.py": GPU | {"av"},
    "backend/gpu/raster_paint.py": GPU | {"skia"},
    "backend/gpu/raster_player.py": GPU | {"skia"},
    "backend/gpu/raster_resources.py": GPU | {"skia"},
    "backend/gpu/raster_sheets.py": GPU | {"skia"},
    "backend/gpu/raster_strips.py": GPU | {"skia"},
    "backend/gpu/raster_surface.py": GPU | {"skia"},
    "backend/gpu/raster_text.py": GPU | {"skia"},
    "backend/gpu/weights.py": GPU | {"huggingface_hub", "tqdm", "yaml"},
    "backend/gpu/separator.py": GPU | {"torch", "demucs"},
    "backend/gpu/stream.py": GPU | {"torch"},
    "backend/gpu/residual.py": GPU | {"torch"},
    "backend/gpu/precision.py": GPU | {"torch"},
    "backend/gpu/tune.py": GPU | {"torch", "demucs"},
    "backend/gpu/lean.py": GPU | {"torch", "demucs"},
    "backend/gpu/devices.py": GPU | {"torch"},
    "backend/gpu/film.py": GPU | {"web.py.features"},
    "backend/gpu/render.py": GPU | {"web.py.features"},
    "backend/gpu/encode.py": GPU | {"av"},
    "backend/gpu/video.py": GPU | {"av"},
    "backend/gpu/video_encoders.py": GPU | {"av"},
    "backend/gpu/mux.py": GPU | {"av"},
    "backend/gpu/mux_audio.py": GPU | {"av"},
    "backend/gpu/mux_cover.py": GPU | {"av"},
}


def modules() -> list[str]:
    files = (path for room in ("shared", "web", "backend") for path in (ROOT / room).rglob("*.py"))
    return sorted(path.relative_to(ROOT).as_posix() for path in files)


def rule_for(module: str) -> set[str]:
    paths = [path for path in RULES if module == path or module.startswith(path + "/")]
    return RULES[max(paths, key=len)] if paths else {"stdlib"}


def imports(source: str) -> set[str]:
    r"""Dotted names that a module imports, wherever in it, a `from` import counted by the module it names.

    >>> sorted(imports("import os.path\nfrom a.b import c\ndef f():\n    import d"))
    ['a.b', 'd', 'os.path']
    """
    found = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                found |= {alias.name for alias in names}
            case ast.ImportFrom(module=str(name), level=0):
                found.add(name)
            case ast.ImportFrom():
                found.add(".")  # relative: path is import name, so this is refused everywhere
    return found


def is_allowed(name: str, allowed: set[str]) -> bool:
    top = name.partition(".")[0]
    if top in WORLD:
        return "world" in allowed
    if top in sys.stdlib_module_names:
        return "stdlib" in allowed
    return any(name == prefix or name.startswith(prefix + ".") for prefix in allowed)


@pytest.mark.parametrize("module", modules())
def test_a_module_imports_only_what_its_room_may(module: str) -> None:
    allowed = rule_for(module)
    source = (ROOT / module).read_text("utf-8")
    refused = sorted(name for name in imports(source) if not is_allowed(name, allowed))
    assert not refused, f"{module} imports {refused}; its room may import {sorted(allowed)}"


def test_the_server_imports_no_worker_side_and_no_browser_side() -> None:
    assert not is_allowed("torch", RULES["backend"])
    assert not is_allowed("web.py.worker", RULES["backend"])


@pytest.mark.parametrize("name", ["os", "time", "random", "js", "web.py.worker", "backend.app", "."])
def test_shared_may_not_import(name: str) -> None:
    assert not is_allowed(name, RULES["shared"])


def test_every_module_says_what_it_offers() -> None:
    silent = [m for m in modules() if not m.endswith("__init__.py") and "__all__" not in (ROOT / m).read_text("utf-8")]
    assert silent == []
