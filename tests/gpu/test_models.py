"""Which models are ready, why others are not, and that no wrong file is ever loaded."""

from __future__ import annotations

import dataclasses
import hashlib
import http.server
import importlib.util
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from demucs.apply import BagOfModels
from demucs.pretrained import get_model

from backend.gpu import weights
from backend.gpu.models import find_models, load_model
from shared.separation.models import MODELS
from tests.gpu.tiny import save_bag, save_model, save_safetensors, tiny, tiny_models


@pytest.fixture(scope="module")
def models() -> Path:
    return tiny_models()


@pytest.fixture
def folder(models: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(models, tmp_path / "models"))


@pytest.fixture(autouse=True)
def no_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No cache of this machine and no answers of earlier tests."""
    monkeypatch.setattr(weights, "_answers", {})
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


def reason(folder: Path | None, name: str = "htdemucs") -> str:
    found = next(one for one in find_models(folder) if one.name == name)
    assert not found.ready
    return found.reason or ""


def test_a_folder_offers_what_it_holds(models: Path) -> None:
    found = find_models(models)
    assert [one.name for one in found] == list(MODELS)
    assert all(one.ready and one.here and one.reason is None for one in found)


@pytest.mark.parametrize("name", MODELS)
def test_models_are_loaded_as_demucs_loads_them(models: Path, name: str) -> None:
    ours, stock = load_model(name, models), get_model(name, models)
    assert isinstance(ours, BagOfModels)
    assert (ours.sources, ours.weights, len(ours.models)) == (stock.sources, stock.weights, len(stock.models))
    assert [member.segment for member in ours.models] == [member.segment for member in stock.models]
    for mine, theirs in zip(ours.state_dict().values(), stock.state_dict().values(), strict=True):
        assert torch.equal(mine, theirs)


def test_a_folder_without_the_model_names_the_file_it_wants(tmp_path: Path) -> None:
    wanted = (
        r"lacks 955717e8-8726e21a\.th or 955717e8\.safetensors\. Put the file there\. "
        + r"It can be had from https://huggingface\.co/adefossez/HTDemucs/resolve/\w{40}/955717e8\.safetensors\.$"
    )
    with pytest.raises(weights.WeightsError, match=wanted):
        load_model("htdemucs", tmp_path)
    assert "lacks 955717e8-8726e21a.th or 955717e8.safetensors" in reason(tmp_path)
    assert "lacks 75fc33f5-1941ce65.th" in reason(tmp_path, "hdemucs_mmi")


def test_no_folder_is_said(tmp_path: Path) -> None:
    assert reason(tmp_path / "absent") == (
        "KEYLIGHT_MODELS does not name a folder that exists. Correct it, or unset it to download."
    )


@pytest.mark.parametrize("damage", ["cut", "changed", "empty"])
def test_a_damaged_file_is_found_before_a_job_is_taken(folder: Path, damage: str) -> None:
    path = next(folder.glob("7e570001-*.th"))
    data = path.read_bytes()
    path.write_bytes({"cut": data[:-1000], "changed": data[:-1] + b"?", "empty": b""}[damage])
    assert f"{path.name} is damaged or not the published file" in reason(folder)
    with pytest.raises(weights.WeightsError, match=r"expected \w{8}\. Delete it and copy or download it again\."):
        load_model("htdemucs", folder)
    assert next(one for one in find_models(folder) if one.name == "htdemucs_6s").ready


def test_a_file_under_a_published_name_must_be_the_published_one(folder: Path) -> None:
    path = save_model(folder, "955717e8", tiny())
    save_bag(folder, "htdemucs", ["955717e8"])
    assert f"{path.name} is damaged or not the published file" in reason(folder)
    path.replace(folder / "955717e8.safetensors")
    assert "955717e8.safetensors is damaged or not the published file" in reason(folder)


def test_a_file_without_a_checksum_is_refused(folder: Path) -> None:
    path = next(folder.glob("7e570001-*.th"))
    path.rename(folder / "7e570001.th")
    assert reason(folder).startswith("7e570001.th has no checksum in its name. Name it 7e570001-CHECKSUM.th")
    (folder / "7e570001.th").rename(folder / "7e570001.safetensors")
    assert (
        reason(folder)
        == "7e570001.safetensors is not one of the published files, so its hash is unknown. Use a .th file."
    )


def test_a_bag_that_is_none_is_refused(folder: Path) -> None:
    (folder / "htdemucs.yaml").write_text("[1, 2")
    assert reason(folder).startswith("htdemucs.yaml cannot be read as a bag of models: expected a list `models`")
    (folder / "htdemucs.yaml").write_text("weights: 3")
    assert reason(folder).startswith("htdemucs.yaml cannot be read as a bag of models")


def test_a_model_of_other_stems_is_refused(folder: Path) -> None:
    save_bag(folder, "htdemucs_6s", ["7e570001"])
    with pytest.raises(weights.WeightsError, match="is another model: expected drums, bass, other, vocals, guitar"):
        load_model("htdemucs_6s", folder)


def test_a_file_that_is_no_model_is_refused(folder: Path) -> None:
    next(folder.glob("7e570001-*.th")).unlink()
    data = b"not a model"
    path = folder / f"7e570001-{hashlib.sha256(data).hexdigest()[:8]}.th"
    path.write_bytes(data)
    with pytest.raises(weights.WeightsError, match="cannot be loaded as a Demucs model"):
        load_model("htdemucs", folder)


def test_a_hub_out_of_reach_is_told_and_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def unreachable(*arguments: object, **_: object) -> None:
        asked.append(str(arguments[0]))
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", unreachable)
    hub, server = "https://huggingface.co/adefossez", "https://dl.fbaipublicfiles.com/demucs"
    ft = ", ".join(f"{one}.safetensors" for one in ("f7e0c4bc", "d12395a8", "92cfc3b6", "04573f0d"))
    pages = {
        "htdemucs": f"{hub}/HTDemucs/resolve/{weights._PINS['955717e8'].revision}/955717e8.safetensors",
        "htdemucs_6s": f"{hub}/HTDemucs-6s/resolve/{weights._PINS['5c90dfd2'].revision}/5c90dfd2.safetensors",
        "htdemucs_ft": f"{ft} from {hub}/HTDemucs-ft/tree/{weights._PINS['f7e0c4bc'].revision}",
        "hdemucs_mmi": f"{server}/hybrid_transformer/75fc33f5-1941ce65.th",
    }
    for name in MODELS:
        assert reason(None, name) == (
            f"The weights of {name} are not on this server and the server that has them cannot be reached. "
            + f"Connect this server to the internet, or fetch {pages[name]} on another machine, "
            + f"put {'them' if name == 'htdemucs_ft' else 'it'} into a folder, "
            + "and start Keylight with `KEYLIGHT_MODELS=FOLDER python3 -m nox -s app`."
        )
    assert len(asked) == 2  # a hub and Demucs' own server
    with pytest.raises(
        weights.WeightsError,
        match=r"955717e8 could not be downloaded .* or fetch https://\S+/955717e8\.safetensors on another",
    ):
        load_model("htdemucs", None)


def test_without_torch_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch, models: Path) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else real(name))
    assert reason(models) == (
        "Separation is not installed on this server: expected the packages torch and demucs. "
        + "`python3 -m nox -s app` without `--light` installs them and starts it."
    )


def test_looking_for_models_does_not_import_torch(models: Path) -> None:
    code = (
        "import sys, pathlib; from backend.gpu.models import find_models; "
        + "assert find_models(pathlib.Path(sys.argv[1]))[0].ready; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(models)], check=True)


class _Server(http.server.BaseHTTPRequestHandler):
    """Demucs' own server, or the hub, with one file."""

    data = b""

    def do_HEAD(self) -> None:  # the base class wants this name
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.data)))
        self.send_header("ETag", f'"{hashlib.sha256(self.data).hexdigest()}"')  # these two only the hub sends
        self.send_header("X-Repo-Commit", "0" * 40)
        self.end_headers()

    def do_GET(self) -> None:
        self.do_HEAD()
        self.wfile.write(self.data)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(data: bytes) -> Iterator[str]:
    """Address of a server that sends this whatever is asked."""
    _Server.data = data
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Server) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, models: Path) -> Iterator[type[_Server]]:
    """Serves the tiny `hdemucs_mmi` under the name that Demucs' list would have for it."""
    path = next(models.glob("7e570003-*.th"))
    with served(path.read_bytes()) as url:
        monkeypatch.setattr(weights, "_LEGACY_SERVER", f"{url}/")
        monkeypatch.setattr(weights, "_legacy_files", lambda: {"75fc33f5": "any/75fc33f5-" + path.stem[9:] + ".th"})
        yield _Server


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[type[_Server]]:
    """Serves the tiny `htdemucs` as the hub serves the published one, with its hash pinned."""
    path = save_safetensors(tmp_path, "955717e8", tiny())
    data = path.read_bytes()
    with served(data) as url:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", url)
        template = url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr("huggingface_hub.file_download.HUGGINGFACE_CO_URL_TEMPLATE", template, raising=False)
        pin = weights._PINS["955717e8"]
        own = dataclasses.replace(pin, sha256=hashlib.sha256(data).hexdigest(), size=len(data), revision="0" * 40)
        monkeypatch.setitem(weights._PINS, "955717e8", own)
        yield _Server


def test_the_hub_is_used_once_with_progress(hub: type[_Server]) -> None:
    before = next(one for one in find_models(None) if one.name == "htdemucs")
    assert (before.ready, before.here) == (True, False)
    shares: list[float] = []
    model = load_model("htdemucs", None, progress=shares.append)
    assert shares[-1] == 1.0
    for mine, theirs in zip(model.models[0].state_dict().values(), tiny().state_dict().values(), strict=True):
        assert torch.equal(mine, theirs.half().float())
    assert next(one for one in find_models(None) if one.name == "htdemucs").here
    hub.data = b""
    load_model("htdemucs", None)


def test_a_hub_that_sends_something_else_is_refused(hub: type[_Server]) -> None:
    hub.data = hub.data[:-10]
    with pytest.raises(weights.WeightsError, match=r"955717e8\.safetensors is damaged or not the published file"):
        load_model("htdemucs", None)


def test_weights_are_downloaded_once_with_progress(server: type[_Server]) -> None:
    before = next(one for one in find_models(None) if one.name == "hdemucs_mmi")
    assert (before.ready, before.here) == (True, False)
    shares: list[float] = []
    assert tuple(load_model("hdemucs_mmi", None, progress=shares.append).sources) == MODELS["hdemucs_mmi"].stems
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert next(one for one in find_models(None) if one.name == "hdemucs_mmi").here
    shares.clear()
    load_model("hdemucs_mmi", None, progress=shares.append)
    assert shares == []


def test_a_download_of_something_else_is_refused(server: type[_Server], tmp_path: Path) -> None:
    server.data = server.data[:-10]
    with pytest.raises(weights.WeightsError, match="is damaged or not the published file"):
        load_model("hdemucs_mmi", None)
    assert not next(one for one in find_models(None) if one.name == "hdemucs_mmi").here
    assert list(tmp_path.rglob("*.part")) == []
