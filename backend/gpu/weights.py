"""Where a model's weights lie, whether they are the right ones, and how to get them. Imports no torch.

A model is a bag: the files of its members, and how much each counts for each stem. A file is used only when its
SHA-256 is the expected one: in a folder the one that its name ends in, as Demucs names files; for published weights
the one pinned here or in Demucs' own list.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import threading
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml  # type: ignore[import-untyped]

from shared.errors import KeylightError

__all__ = ["NOT_INSTALLED", "Bag", "Progress", "WeightsError", "bag_of", "fetch", "how_to_get", "locate", "reachable"]

#: Called with the share of all bytes that have come, 0-1.
Progress = Callable[[float], None]


class WeightsError(KeylightError):
    """Weights are missing or not the right ones; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Bag:
    """What makes a model: signatures of its members, their weights per stem, and a segment length in seconds."""

    signatures: tuple[str, ...]
    weights: tuple[tuple[float, ...], ...] | None = None
    segment: float | None = None


@dataclass(frozen=True, slots=True)
class _Pin:
    """A published file: its repository on the hub, the commit, SHA-256 and size."""

    repository: str
    revision: str
    sha256: str
    size: int


_FT: Final = "adefossez/HTDemucs-ft", "478be8a68f85418addd6f7baefd4be76522a4034"
_BYTES: Final = 84_025_440
#: The safetensors files that Demucs 4.1 loads from the hub, by signature. `hdemucs_mmi` (75fc33f5) is not among them:
#: it comes from Demucs' own server, whose files have their hash in their name.
_PINS: Final = {
    "955717e8": _Pin(
        "adefossez/HTDemucs",
        "bf35a81b663819a8255c8fefee17f9d812b786b5",
        "d9fa14133cfcc034a6758923bb3a8ca9f8dfd0b582134643bbf83f72c17576dd",
        _BYTES,
    ),
    "f7e0c4bc": _Pin(*_FT, "2c85ab3c62dd6edd8e0b965e38b16fd1cdde357cc25de6b6bc9ce7c83f60925f", _BYTES),
    "d12395a8": _Pin(*_FT, "5b01a97567ae9a3178a6236fb520251045c03eb8834bc8c24a4eec11d6c8fb56", _BYTES),
    "92cfc3b6": _Pin(*_FT, "a241863551f30d01c42bd7b97da40839922ead3acb0f1fcab25682f55b4eeb59", _BYTES),
    "04573f0d": _Pin(*_FT, "68854b0d7c2b3274723b5761f6fd9f5aec5f1bcd3f0de7c1669546fdb7871b7c", _BYTES),
    "5c90dfd2": _Pin(
        "adefossez/HTDemucs-6s",
        "3c5ee475be622df764938de97e4281a7b07ffa58",
        "d2a1745f0744721f6b8ca5bf469b67c651ea5ed1b52998cab033b2158609d411",
        54_885_744,
    ),
}
NOT_INSTALLED: Final = (
    "Separation is not installed on this server: expected the packages torch and demucs. "
    + "`python3 -m nox -s app` without `--light` installs them and starts it."
)
#: The server of Demucs' first home (`demucs.pretrained.ROOT_URL`), for what the hub does not pin.
_LEGACY_SERVER: Final = "https://dl.fbaipublicfiles.com/demucs/"
#: Seconds after which a server that has not answered counts as out of reach, and how long either answer is believed.
_PATIENCE, _FRESH = 2.0, 60.0
_CHUNK: Final = 2**20

_hashes: dict[tuple[str, int, int], str] = {}
_answers: dict[str, tuple[float, bool]] = {}


def bag_of(name: str, folder: Path | None) -> Bag:
    """The definition of a model: the folder's `NAME.yaml`, else the one that Demucs brings along."""
    ours = folder / f"{name}.yaml" if folder is not None else None
    path = ours if ours is not None and ours.is_file() else _demucs_lists() / f"{name}.yaml"
    try:
        text = yaml.safe_load(path.read_text("utf-8"))
        weights = text.get("weights")
        return Bag(
            tuple(str(one) for one in text["models"]),
            None if weights is None else tuple(tuple(float(share) for share in row) for row in weights),
            None if text.get("segment") is None else float(text["segment"]),
        )
    except (OSError, yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError) as error:
        wanted = "a list `models`, and perhaps `weights` and `segment`"
        raise WeightsError(f"{path.name} cannot be read as a bag of models: expected {wanted}. Replace it.") from error


def locate(signature: str, folder: Path | None) -> Path | None:
    """The file with a model's weights, checked; None when it would have to be fetched.

    folder: the only place to look; None looks where downloads are kept. Raises `WeightsError` for a file that is not
    the right one, and for one that a folder lacks.
    """
    if folder is None:
        return _kept(signature)
    found = sorted(folder.glob(f"{signature}-*.th")) + sorted(folder.glob(f"{signature}.*"))
    usable = [path for path in found if path.suffix in (".th", ".safetensors")]
    if not usable:
        names = " or ".join(_names(signature))
        known = signature in _PINS or signature in _legacy_files()
        place = f" It can be had from {_url(signature)}." if known else ""
        raise WeightsError(f"The models folder (KEYLIGHT_MODELS) lacks {names}. Put the file there.{place}")
    _check(usable[0], _expected_hash(usable[0], signature))
    return usable[0]


def fetch(signatures: tuple[str, ...], progress: Progress | None = None) -> list[Path]:
    """Download what is not kept yet, check it, and give all files in order.

    Raises `WeightsError` when a server cannot be reached or sends something else.
    """
    kept = {signature: _kept(signature) for signature in signatures}
    missing = [signature for signature in signatures if kept[signature] is None]
    for at, signature in enumerate(missing):
        if not reachable(signature):  # asked first: the hub's library tries for half a minute
            raise WeightsError(_cannot_fetch(signature, "the server that has them does not answer"))

        def report(share: float, done: int = at) -> None:
            if progress is not None:
                progress((done + share) / len(missing))

        path = _from_hub(signature, report) if signature in _PINS else _from_legacy_server(signature, report)
        _check(path, _expected_hash(path, signature))
        kept[signature] = path
    return [path for path in kept.values() if path is not None]


def reachable(signature: str) -> bool:
    """Whether the server with these weights answers; within some two seconds, and remembered for a minute."""
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        return False
    url = _url(signature)
    if time.monotonic() - _answers.get(_server(url), (-_FRESH, False))[0] > _FRESH:
        _ask_servers({_server(one): one for one in (_url("955717e8"), _url("75fc33f5"), url)})
    return _answers[_server(url)][1]


def _server(url: str) -> str:
    return "/".join(url.split("/")[:3])


def _ask_servers(urls: dict[str, str]) -> None:
    """Ask all servers at once for a file each, in threads: looking up a name knows no time limit."""
    found: set[str] = set()

    def ask(server: str, url: str) -> None:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=_PATIENCE):
                found.add(server)
        except (OSError, ValueError):
            pass

    threads = [threading.Thread(target=ask, args=one, name="hub", daemon=True) for one in urls.items()]
    for thread in threads:
        thread.start()
    end = time.monotonic() + _PATIENCE
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    _answers.update({server: (time.monotonic(), server in found) for server in urls})


def _kept(signature: str) -> Path | None:
    """The downloaded file, from Demucs' own earlier runs too; a damaged one counts as absent."""
    for path in (_in_hub_cache(signature), _legacy_path(signature)):
        if path is not None and path.is_file():
            try:
                _check(path, _expected_hash(path, signature))
            except WeightsError:
                continue
            return path
    return None


def _in_hub_cache(signature: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    pin = _PINS.get(signature)
    if pin is None:
        return None
    for revision in (pin.revision, "main"):
        path = try_to_load_from_cache(pin.repository, f"{signature}.safetensors", revision=revision)
        if isinstance(path, str):
            return Path(path)
    return None


def _from_hub(signature: str, report: Progress) -> Path:
    from huggingface_hub import hf_hub_download

    pin = _PINS[signature]
    try:
        path = hf_hub_download(
            pin.repository,
            f"{signature}.safetensors",
            revision=pin.revision,
            tqdm_class=_bar(report, pin.size),
            force_download=_in_hub_cache(signature) is not None,  # one is kept, and is not the right one
        )
    except Exception as error:  # many libraries' errors: network, disk, permissions
        raise WeightsError(_cannot_fetch(signature, type(error).__name__)) from error
    return Path(path)


def _bar(report: Progress, size: int) -> Any:
    """A progress bar as the hub's library wants one, that draws nothing and reports instead."""
    from tqdm import tqdm  # type: ignore[import-untyped]

    class Bar(tqdm):  # type: ignore[misc]  # without types it is Any
        def __init__(self, *arguments: Any, **named: Any) -> None:
            named.pop("name", None)
            super().__init__(*arguments, **(named | {"disable": True}))
            self._come = int(named.get("initial") or 0)

        def update(self, n: float | None = 1) -> bool | None:
            self._come += int(n or 0)
            report(min(1.0, self._come / size))
            return None

    return Bar


def _from_legacy_server(signature: str, report: Progress) -> Path:
    path = _legacy_path(signature)
    if path is None:
        raise WeightsError(f"Demucs does not publish weights named {signature}. Put them into the models folder.")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with urllib.request.urlopen(_url(signature), timeout=30) as response, part.open("wb") as file:
            size, come = int(response.headers.get("Content-Length") or 0), 0
            while chunk := response.read(_CHUNK):
                file.write(chunk)
                come += len(chunk)
                report(min(1.0, come / size) if size else 0.0)
        os.replace(part, path)
    except OSError as error:
        raise WeightsError(_cannot_fetch(signature, type(error).__name__)) from error
    finally:
        part.unlink(missing_ok=True)
    return path


def how_to_get(signatures: Sequence[str]) -> str:
    """What a person can do whose server cannot download weights: which files from where, and where they go."""
    pin = _PINS.get(signatures[0])
    if pin is not None and len(signatures) > 1:
        names = ", ".join(f"{signature}.safetensors" for signature in signatures)
        wanted, where = f"{names} from {_server(_url(signatures[0]))}/{pin.repository}/tree/{pin.revision}", "them"
    else:
        wanted, where = " and ".join(_url(signature) for signature in signatures), "it"
    return (
        f"Connect this server to the internet, or fetch {wanted} on another machine, put {where} into a folder, and "
        + "start Keylight with `KEYLIGHT_MODELS=FOLDER python3 -m nox -s app`."
    )


def _cannot_fetch(signature: str, why: str) -> str:
    return f"The weights {signature} could not be downloaded ({why}). {how_to_get([signature])}"


def _legacy_path(signature: str) -> Path | None:
    """Where torch keeps the file of Demucs' own server."""
    name = _legacy_files().get(signature)
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    home = Path(os.environ.get("TORCH_HOME") or Path(cache) / "torch").expanduser()
    return None if name is None else home / "hub" / "checkpoints" / name.rsplit("/", 1)[-1]


def _legacy_files() -> dict[str, str]:
    """Demucs' list of its published files: signature to folder and name, which ends in the hash."""
    root, found = "", {}
    for line in (_demucs_lists() / "files.txt").read_text("utf-8").splitlines():
        if line.startswith("root:"):
            root = line.removeprefix("root:").strip()
        elif line.strip() and not line.startswith("#"):
            found[line.split("-", 1)[0]] = root + line.strip()
    return found


def _demucs_lists() -> Path:
    """The folder of lists inside the installed Demucs, found without importing it."""
    found = importlib.util.find_spec("demucs")
    if found is None or found.origin is None:
        raise WeightsError(NOT_INSTALLED)
    return Path(found.origin).parent / "remote"


def _url(signature: str) -> str:
    pin = _PINS.get(signature)
    if pin is not None:
        from huggingface_hub import hf_hub_url

        return hf_hub_url(pin.repository, f"{signature}.safetensors", revision=pin.revision)
    return _LEGACY_SERVER + _legacy_files().get(signature, signature)


def _names(signature: str) -> list[str]:
    """File names that would do in a folder."""
    legacy = _legacy_files().get(signature)
    first = legacy.rsplit("/", 1)[-1] if legacy else f"{signature}-CHECKSUM.th"
    return [first, f"{signature}.safetensors"] if signature in _PINS else [first]


def _expected_hash(path: Path, signature: str) -> str:
    """How the SHA-256 of a file must begin."""
    if path.suffix == ".safetensors":
        if signature not in _PINS:
            raise WeightsError(
                f"{path.name} is not one of the published files, so its hash is unknown. Use a .th file."
            )
        return _PINS[signature].sha256
    legacy = _legacy_files().get(signature)
    checksum = Path(legacy or path.name).stem.partition("-")[2]
    if len(checksum) < 8:
        wanted = f"{signature}-CHECKSUM.th, CHECKSUM being how its SHA-256 begins"
        raise WeightsError(f"{path.name} has no checksum in its name. Name it {wanted}.")
    return checksum


def _check(path: Path, expected: str) -> None:
    status = path.stat()
    key = str(path), status.st_size, status.st_mtime_ns
    if key not in _hashes:
        with path.open("rb") as file:
            _hashes[key] = hashlib.file_digest(file, "sha256").hexdigest()
    if not _hashes[key].startswith(expected):
        got = _hashes[key][: len(expected)]
        raise WeightsError(
            f"{path.name} is damaged or not the published file: its SHA-256 begins with {got[:8]}, "
            + f"expected {expected[:8]}. Delete it and copy or download it again."
        )
