"""The tagger's file: a checkpoint with planted weights, converted, answers what the layers written plainly answer."""

from __future__ import annotations

import hashlib
import struct

import numpy as np
import pytest

from backend.assets.checkpoint import read_checkpoint
from backend.assets.lock import AssetError, read_lock
from backend.assets.musicnn import convert, musicnn_onnx
from backend.assets.recipes import make
from backend.assets.store import ASSETS_PATH

ort = pytest.importorskip("onnxruntime")

LABELS = ["rock", "jazz", "House"]
FRONT = [(7, 38), (7, 67), (128, 1), (64, 1), (32, 1)]
FILTERS = [5, 4, 3, 3, 2]
LIVE = [[0, 2, 3], [1, 2], [0, 2], [1], [0, 1]]
HEARD = np.concatenate([np.isin(np.arange(n), live) for n, live in zip(FILTERS, LIVE, strict=True)])


def planted() -> dict[str, np.ndarray]:
    """Weights of musicnn's layers in a small size; some filters of the front are dead, as in the real one."""
    chance = np.random.default_rng(7)
    weights = {}

    def layer(name: str, *shape: int, fan: int) -> None:
        weights[f"{name}/kernel"] = chance.normal(0, fan**-0.5, shape).astype(np.float32)
        weights[f"{name}/bias"] = chance.normal(0, 0.3, shape[-1]).astype(np.float32)

    def norm(index: int, size: int) -> None:
        name = f"batch_normalization_{index}" if index else "batch_normalization"
        weights[f"{name}/gamma"] = (chance.uniform(0.5, 1.5, size) * chance.choice([-1, 1], size)).astype(np.float32)
        weights[f"{name}/beta"] = chance.normal(0, 0.5, size).astype(np.float32)
        weights[f"{name}/moving_mean"] = chance.normal(0, 0.5, size).astype(np.float32)
        weights[f"{name}/moving_variance"] = chance.uniform(0.3, 2, size).astype(np.float32)

    norm(0, 1)
    for index, ((height, width), count, live) in enumerate(zip(FRONT, FILTERS, LIVE, strict=True)):
        name = f"conv2d_{index}" if index else "conv2d"
        layer(name, height, width, 1, count, fan=height * width)
        weights[f"{name}/kernel"][..., [i for i in range(count) if i not in live]] *= 1e-9
        norm(index + 1, count)
    channels = sum(FILTERS)
    for index in range(3):
        width = 6 if index else channels
        layer(f"conv2d_{5 + index}", 7, width, 1, 6, fan=7 * width)
        norm(6 + index, 6)
    weights["conv2d_5/kernel"][:, ~HEARD] = 0
    pooled = 2 * (channels + 18)
    layer("dense", pooled, 20, fan=pooled)
    norm(9, pooled)
    norm(10, 20)
    layer("dense_1", 20, len(LABELS), fan=20)
    return weights


def plain(weights: dict[str, np.ndarray], mel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Logits and embedding of one patch [time, 96] as `musicnn/models.py` has the layers, one after the other."""

    def norm(x: np.ndarray, index: int) -> np.ndarray:
        name = f"batch_normalization_{index}" if index else "batch_normalization"
        gamma, beta, mean, variance = (
            weights[f"{name}/{part}"] for part in ("gamma", "beta", "moving_mean", "moving_variance")
        )
        return gamma * (x - mean) / np.sqrt(variance + 1e-3) + beta

    def conv(x: np.ndarray, name: str, pads: tuple[int, int]) -> np.ndarray:  # [time, width] to [time, places, out]
        kernel, bias = weights[f"{name}/kernel"][:, :, 0], weights[f"{name}/bias"]
        padded = np.pad(x, (pads, (0, 0)))
        places = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape[:2])
        return np.maximum(np.einsum("tphw,hwo->tpo", places, kernel) + bias, 0)

    x = norm(mel, 0)
    pads = [(3, 3), (3, 3), (63, 64), (31, 32), (15, 16)]
    names = ["conv2d", *(f"conv2d_{index}" for index in range(1, 8))]
    front = [norm(conv(x, names[i], pads[i]), i + 1).max(axis=1) for i in range(5)]
    layers = [np.concatenate(front, axis=1)]
    for i in range(3):
        y = norm(conv(layers[-1], names[5 + i], (3, 3))[:, 0], 6 + i)
        layers.append(y + layers[-1] if i else y)
    features = np.concatenate(layers, axis=1)
    pooled = np.stack([features.max(axis=0), features.mean(axis=0)], axis=1).ravel()
    hidden = np.maximum(norm(pooled, 9) @ weights["dense/kernel"] + weights["dense/bias"], 0)
    embedding = norm(hidden, 10)
    return embedding @ weights["dense_1/kernel"] + weights["dense_1/bias"], embedding


def varint(value: int) -> bytes:
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + varint(value >> 7)


def field(number: int, body: bytes | int) -> bytes:
    if isinstance(body, int):
        return varint(number << 3) + varint(body)
    return varint(number << 3 | 2) + varint(len(body)) + body


def checkpoint(weights: dict[str, np.ndarray]) -> tuple[bytes, bytes]:
    """The two files of a checkpoint, its keys packed as LevelDB packs them, with a header and a whole number in it."""
    data = b""
    entries: list[tuple[bytes, bytes]] = [(b"", field(1, 1))]
    for name in sorted([*weights, "global_step"]):
        array = weights.get(name, np.array(3, np.int64))
        shape = b"".join(field(2, field(1, size)) for size in array.shape)
        dtype = 1 if array.dtype == np.float32 else 9
        places = field(4, len(data)) + field(5, array.nbytes)
        entries.append((name.encode(), field(1, dtype) + field(2, shape) + places + varint(6 << 3 | 5) + bytes(4)))
        data += array.tobytes()
    index = b""
    blocks: list[tuple[bytes, bytes]] = []
    for part in (entries[:9], entries[9:]):
        block = table_block(part)
        blocks.append((part[-1][0], varint(len(index)) + varint(len(block))))
        index += block + bytes(5)
    top = table_block(blocks)
    footer = varint(0) + varint(0) + varint(len(index)) + varint(len(top))
    return index + top + bytes(5) + footer.ljust(40, b"\0") + bytes.fromhex("57fb808b247547db"), data


def table_block(entries: list[tuple[bytes, bytes]]) -> bytes:
    out, last = b"", b""
    for key, value in entries:
        shared = next((i for i, (a, b) in enumerate(zip(key, last, strict=False)) if a != b), min(len(key), len(last)))
        out += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        last = key
    return out + struct.pack("<II", 0, 1)


def test_a_checkpoint_is_read_as_it_was_written() -> None:
    weights = planted()
    read = read_checkpoint(*checkpoint(weights))
    assert sorted(read) == sorted(weights)
    for name, array in weights.items():
        np.testing.assert_array_equal(read[name], array)


def test_what_is_no_checkpoint_says_so() -> None:
    with pytest.raises(AssetError, match=r"expected a TensorFlow checkpoint's index, got 60 bytes of something else"):
        read_checkpoint(bytes(60), b"")


def test_a_cut_off_checkpoint_names_the_tensor() -> None:
    index, data = checkpoint(planted())
    with pytest.raises(AssetError, match=r"dense_1/kernel: expected 240 bytes for shape \[20, 3\]"):
        read_checkpoint(index, data[:-60])


def test_the_file_answers_what_the_layers_answer() -> None:
    weights = planted()
    index, data = checkpoint(weights)
    files = {
        "musicnn/MSD_musicnn/.index": index,
        "musicnn/MSD_musicnn/.data-00000-of-00001": data,
        "musicnn/configuration.py": f"SR = 16000\nMSD_LABELS = {LABELS}\n".encode(),
    }
    session = ort.InferenceSession(musicnn_onnx(files.__getitem__))
    notes = session.get_modelmeta().custom_metadata_map
    assert notes["labels"].split("\n") == LABELS
    means = weights["batch_normalization_10/beta"] @ weights["dense_1/kernel"] + weights["dense_1/bias"]
    np.testing.assert_allclose([float(mean) for mean in notes["means"].split("\n")], means, atol=1e-3)
    chance = np.random.default_rng(8)
    mel = chance.uniform(0, 4, (3, 150, 96)) * chance.uniform(0, 1.5, (3, 1, 96)) * chance.uniform(0, 1.5, (3, 150, 1))
    mel = mel.astype(np.float32)
    logits, embedding = session.run(["logits", "embedding"], {"mel": mel})
    for patch in range(len(mel)):
        expected = plain(weights, mel[patch])
        np.testing.assert_allclose(logits[patch], expected[0], atol=1e-2)  # weights in half precision
        np.testing.assert_allclose(embedding[patch], expected[1], atol=1e-2)
    assert np.std(logits, axis=0).max() > 0.1, "the planted patches differ, so that a constant network would not pass"


def test_a_network_that_listens_to_its_dead_filters_is_refused() -> None:
    weights = planted()
    weights["conv2d_5/kernel"][3, np.flatnonzero(~HEARD)[0]] = 0.1
    with pytest.raises(AssetError, match="expected a network that does not listen to its dead filters"):
        convert(weights, LABELS)


def test_the_same_weights_make_the_same_bytes() -> None:
    assert convert(planted(), LABELS) == convert(planted(), LABELS)


def test_the_fetched_tagger_is_the_locked_one_and_a_network() -> None:
    package = read_lock().package("musicnn")
    (file,) = [file for file in package.files if file.recipe]
    content = (ASSETS_PATH / package.folder / file.path).read_bytes()
    assert hashlib.sha256(content).hexdigest() == file.sha256
    session = ort.InferenceSession(content)
    assert [(one.name, one.shape[1:]) for one in session.get_outputs()] == [("logits", [50]), ("embedding", [200])]
    assert "ISC" in session.get_modelmeta().custom_metadata_map["source"]
    assert "Permission to use" in (ASSETS_PATH / package.folder / "LICENSE.md").read_text("utf-8")


def test_an_unknown_recipe_is_named() -> None:
    import msgspec

    (file, *_) = read_lock().package("musicnn").files
    with pytest.raises(AssetError, match=r"expected a recipe out of \['onnx', 'wasm'\], got 'soup'"):
        make(msgspec.structs.replace(file, recipe="soup"), lambda path: b"")
