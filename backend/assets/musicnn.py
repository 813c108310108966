"""The music tagger MusiCNN as an ONNX file, made from the checkpoint in the PyPI package `musicnn`.

Pons & Serra, "musicnn: Pre-trained convolutional neural networks for music audio tagging", ISMIR 2019 (late-breaking);
the network trained on the Million Song Dataset: 50 tags, 0.79 million weights, ISC licence. The layers are those of
`musicnn/models.py`: a front of vertical and horizontal convolutions, three more with residual sums, pooling over
time, two dense layers.

Weights are stored in half precision (tags differ from the original graph by 5e-4 at most). Three steps are done in
another way, which changes nothing but the time they take, a tenth of what it was:
- Training has put out 497 of the 561 filters of the front: their weights are zero, so each answers one number whatever
  it hears. They are left out, and what they add to the first dense layer is added to its bias.
- The front is convolution, relu, batch-norm s·y + t, then the maximum over frequency. With g = sign(s),
  max(s·relu(c) + t) = s·relu(g·max(g·c)) + t, so that relu and batch-norm run on what the maximum leaves.
- TensorFlow flattens maximum and mean over time as pairs; here all maxima stand first, and the weights with them.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from typing import Final

import numpy as np

from backend.assets.checkpoint import read_checkpoint
from backend.assets.lock import AssetError
from backend.assets.onnx_writer import Graph

__all__ = ["BANDS", "LABELS", "convert", "musicnn_onnx"]

BANDS: Final = 96
LABELS: Final = "MSD_LABELS"
_FOLDER: Final = "musicnn/MSD_musicnn/"
_EPSILON: Final = 1e-3  # of TensorFlow's batch_normalization
#: A filter whose absolute weights sum to less hears nothing; live ones sum to 0.05 and more, inputs are about ±2.
_DEAD: Final = 1e-3
#: Front convolutions in the checkpoint's order: name and padding of time, before and after ("same").
_FRONT: Final = (
    ("timbre74", 3, 3),
    ("timbre77", 3, 3),
    ("rhythm128", 63, 64),
    ("rhythm64", 31, 32),
    ("rhythm32", 15, 16),
)

Weights = dict[str, np.ndarray]


def musicnn_onnx(read: Callable[[str], bytes]) -> bytes:
    """The recipe: `read` gives a file of the package by its path."""
    labels = _labels(read("musicnn/configuration.py").decode())
    return convert(read_checkpoint(read(_FOLDER + ".index"), read(_FOLDER + ".data-00000-of-00001")), labels)


def convert(weights: Weights, labels: list[str]) -> bytes:
    """The network as an ONNX file: "mel" [n, time, 96] to "logits" [n, tags] and "embedding" [n, 200], all float32."""
    graph = Graph("musicnn")
    for axis in (1, 2, 3):
        graph.constant(f"axis{axis}", np.array([axis], np.int64))
    plane = graph.node("Unsqueeze", ["mel", "axis1"], "plane")
    normal = _affine(graph, plane, _batch_norm(weights, 0), (1, 1, 1, 1), "normal")
    live = [_live(weights, index) for index in range(len(_FRONT))]
    front = [_front(graph, normal, weights, index, live[index]) for index in range(len(_FRONT)) if live[index].any()]
    heard = np.concatenate(live)
    pooled = _pool(graph, _middle(graph, graph.node("Concat", front, "front", axis=1), weights, heard))
    embedding = _dense(graph, pooled, weights, heard)
    kernel, bias = weights["dense_1/kernel"], weights["dense_1/bias"]
    inputs = [embedding, graph.half("tags.kernel", kernel), graph.constant("tags.bias", bias)]
    graph.node("Gemm", inputs, "logits")
    return graph.model(
        inputs={"mel": ("n", "time", BANDS)},
        outputs={"logits": ("n", len(labels)), "embedding": ("n", kernel.shape[0])},
        notes={
            "labels": "\n".join(labels),
            "means": "\n".join(f"{mean:.3f}" for mean in _mean_logits(weights)),
            "source": "musicnn 0.1.0, MSD_musicnn, (c) Music Technology Group, Universitat Pompeu Fabra 2019, ISC",
        },
    )


def _labels(source: str) -> list[str]:
    for node in ast.parse(source).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name == LABELS:
                return [str(label) for label in ast.literal_eval(value)]
    raise AssetError(f"expected a list {LABELS} in musicnn/configuration.py, got none")


def _live(weights: Weights, index: int) -> np.ndarray:
    """Which filters of a front convolution hear anything: bool [filters]."""
    kernel = weights[_numbered("conv2d", index) + "/kernel"]
    return np.abs(kernel).reshape(-1, kernel.shape[-1]).sum(axis=0) > _DEAD


def _front(graph: Graph, plane: str, weights: Weights, index: int, live: np.ndarray) -> str:
    """Convolution over time and frequency, maximum over frequency: [n, live filters, time]."""
    name, before, after = _FRONT[index]
    layer = _numbered("conv2d", index)
    scale, shift = (part[live] for part in _batch_norm(weights, index + 1))
    sign = np.where(scale < 0, np.float32(-1), np.float32(1))
    kernel = weights[f"{layer}/kernel"][..., live].transpose(3, 2, 0, 1) * sign[:, None, None, None]
    inputs = [
        plane,
        graph.half(f"{name}.kernel", kernel),  # filters, 1, time, frequency
        graph.constant(f"{name}.bias", weights[f"{layer}/bias"][live] * sign),
    ]
    both = graph.node("Conv", inputs, f"{name}.conv", kernel_shape=kernel.shape[2:], pads=(before, 0, after, 0))
    top = graph.node("ReduceMax", [both, "axis3"], f"{name}.top", keepdims=0)
    turned = graph.node("Mul", [top, graph.constant(f"{name}.sign", sign.reshape(1, -1, 1))], f"{name}.turned")
    return _affine(graph, graph.node("Relu", [turned], f"{name}.relu"), (scale, shift), (1, -1, 1), name)


def _middle(graph: Graph, front: str, weights: Weights, heard: np.ndarray) -> str:
    """Three convolutions over time, the last two added to what they got; all beside each other.

    The first has no weights for dead filters either, which is checked.
    """
    first = weights["conv2d_5/kernel"][:, :, 0, :]
    if np.abs(first[:, ~heard]).max(initial=0.0) > _DEAD:
        raise AssetError("expected a network that does not listen to its dead filters, got one that does")
    kernels = [first[:, heard], weights["conv2d_6/kernel"][:, :, 0, :], weights["conv2d_7/kernel"][:, :, 0, :]]
    kept, last = [front], front
    for step, kernel in enumerate(kernels):
        name, bias = f"middle{step + 1}", weights[f"conv2d_{5 + step}/bias"]
        inputs = [last, graph.half(f"{name}.kernel", kernel.transpose(2, 1, 0)), graph.constant(f"{name}.bias", bias)]
        conv = graph.node("Conv", inputs, f"{name}.conv", kernel_shape=(kernel.shape[0],), pads=(3, 3))
        relu = graph.node("Relu", [conv], f"{name}.relu")
        normal = _affine(graph, relu, _batch_norm(weights, 6 + step), (1, -1, 1), f"{name}.normal")
        last = graph.node("Add", [normal, last], name) if step else normal
        kept.append(last)
    return graph.node("Concat", kept, "features", axis=1)


def _pool(graph: Graph, features: str) -> str:
    top = graph.node("ReduceMax", [features, "axis2"], "top", keepdims=0)
    mean = graph.node("ReduceMean", [features, "axis2"], "mean", keepdims=0)
    return graph.node("Concat", [top, mean], "pooled", axis=1)


def _dense(graph: Graph, pooled: str, weights: Weights, heard: np.ndarray) -> str:
    kernel = weights["dense/kernel"]
    features = len(kernel) // 2
    live = np.flatnonzero(np.append(heard, np.ones(features - heard.size, bool)))
    order = np.concatenate([2 * live, 2 * live + 1])  # all maxima, then all means
    scale, shift = _batch_norm(weights, 9)
    normal = _affine(graph, pooled, (scale[order], shift[order]), (1, -1), "pooled.normal")
    bias = weights["dense/bias"] + _dead_sum(weights, heard)
    inputs = [normal, graph.half("dense.kernel", kernel[order]), graph.constant("dense.bias", bias)]
    relu = graph.node("Relu", [graph.node("Gemm", inputs, "dense")], "dense.relu")
    return _affine(graph, relu, _batch_norm(weights, 10), (1, -1), "embedding")


def _dead_sum(weights: Weights, heard: np.ndarray) -> np.ndarray:
    """What the dead filters add to the first dense layer, float32 [units]; summed exactly, so alike everywhere."""
    answers = []
    for index in range(len(_FRONT)):
        scale, shift = _batch_norm(weights, index + 1)
        answers.append(scale * np.maximum(weights[_numbered("conv2d", index) + "/bias"], 0) + shift)
    constant = np.repeat(np.concatenate(answers)[~heard], 2).astype(np.float64)  # maximum and mean of it are alike
    pairs = np.repeat(np.flatnonzero(~heard) * 2, 2) + np.tile(np.array([0, 1]), int(np.count_nonzero(~heard)))
    scale, shift = _batch_norm(weights, 9)
    terms = (scale[pairs] * constant + shift[pairs])[:, None] * weights["dense/kernel"][pairs].astype(np.float64)
    return np.array([math.fsum(column) for column in terms.T], np.float32)


def _mean_logits(weights: Weights) -> list[float]:
    """The training songs' mean logit of each tag: batch normalisation has made its shift their mean embedding."""
    mean = weights["batch_normalization_10/beta"].astype(np.float64)
    terms = np.vstack([mean[:, None] * weights["dense_1/kernel"], weights["dense_1/bias"]])
    return [math.fsum(column) for column in terms.T]


def _batch_norm(weights: Weights, index: int) -> tuple[np.ndarray, np.ndarray]:
    """Scale and shift, float32 [channels], of batch normalisation `index`."""
    layer = _numbered("batch_normalization", index)
    parts = ("gamma", "beta", "moving_mean", "moving_variance")
    gamma, beta, mean, variance = (weights[f"{layer}/{part}"].astype(np.float64) for part in parts)
    scale = gamma / np.sqrt(variance + _EPSILON)
    return scale.astype(np.float32), (beta - mean * scale).astype(np.float32)


def _affine(graph: Graph, value: str, by: tuple[np.ndarray, np.ndarray], shape: tuple[int, ...], name: str) -> str:
    scale, shift = (part.reshape(shape) for part in by)
    scaled = graph.node("Mul", [value, graph.constant(f"{name}.scale", scale)], f"{name}.scaled")
    return graph.node("Add", [scaled, graph.constant(f"{name}.shift", shift)], name)


def _numbered(layer: str, index: int) -> str:
    """TensorFlow numbers layers of one kind from the second one on.

    >>> _numbered("conv2d", 0), _numbered("conv2d", 2)
    ('conv2d', 'conv2d_2')
    """
    return f"{layer}_{index}" if index else layer
