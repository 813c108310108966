"""The forward pass of an HTDemucs in an order that needs the least memory at once, with the same outputs.

Demucs goes through both branches side by side, so that at its widest place all of the frequency branch, all of the time
branch and the spectrogram of all stems lie in memory together. Here a branch is finished before the other begins, and
the spectrogram of one stem at a time becomes sound. Nothing is computed otherwise.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any, Final

import torch
from demucs.htdemucs import HTDemucs
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["forward", "give_back", "is_lean"]

_EPSILON: Final = 1e-5  # Demucs' own, beside the standard deviations


def is_lean(model: Any) -> bool:
    """Whether `forward` knows a model: two branches of whole layers that meet in the transformer only."""
    if not isinstance(model, HTDemucs) or not model.cac:
        return False
    branches = (model.encoder, model.decoder, model.tencoder, model.tdecoder)
    return len({len(layers) for layers in branches}) == 1 and not any(
        getattr(layer, "empty", False) for layers in branches for layer in layers
    )


def forward(model: Any, mix: Tensor) -> Tensor:
    """What `HTDemucs.forward` gives in evaluation: [b, channels, n] to [b, sources, channels, n]."""
    length = mix.shape[-1]
    whole = model.valid_length(length)
    mix = functional.pad(mix, (0, whole - length))
    mean, std = mix.mean(dim=(1, 2), keepdim=True), mix.std(dim=(1, 2), keepdim=True)
    xt, skips_t, lengths_t = _encoded(model.tencoder, (mix - mean) / (_EPSILON + std))
    give_back()
    x, mean_f, std_f = _spectrogram(model, mix)
    rows, times = x.shape[2:]
    x, skips, lengths = _encoded(model.encoder, x, lambda first: _with_places(model, first))
    give_back()
    if model.crosstransformer is not None:
        x, xt = _across(model, x, xt)
        give_back()
    x = _decoded(model.decoder, x, skips, lengths)
    give_back()
    x = x.view(len(mix), len(model.sources), -1, rows, times)
    waves = mix.new_empty(len(mix), len(model.sources), mix.shape[1], whole)
    for stem in range(len(model.sources)):
        spectrum = x[:, stem : stem + 1] * std_f[:, None] + mean_f[:, None]
        waves[:, stem : stem + 1] = model._ispec(model._mask(None, spectrum), whole)
    del x
    give_back()
    xt = _decoded(model.tdecoder, xt, skips_t, lengths_t).view(waves.shape)
    waves += xt * std[:, None] + mean[:, None]
    return waves[..., :length]


def give_back() -> None:
    """Give back the free memory between what is in use, with glibc: the next stage has other sizes."""
    if _trim is not None:
        _trim(0)


_trim: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)


def _spectrogram(model: Any, mix: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Real and imaginary parts as channels, normalized, with the mean and the deviation they had."""
    x = model._magnitude(model._spec(mix))
    mean, std = x.mean(dim=(1, 2, 3), keepdim=True), x.std(dim=(1, 2, 3), keepdim=True)
    return (x - mean) / (_EPSILON + std), mean, std


def _encoded(
    layers: nn.ModuleList, x: Tensor, after_first: Callable[[Tensor], Tensor] | None = None
) -> tuple[Tensor, list[Tensor], list[int]]:
    """A branch up to the transformer: the result, that of each layer, and the length of each layer's input."""
    skips: list[Tensor] = []
    lengths: list[int] = []
    for layer in layers:
        lengths.append(x.shape[-1])
        x = layer(x)
        if after_first is not None and not skips:
            x = after_first(x)
        skips.append(x)
    return x, skips, lengths


def _with_places(model: Any, x: Tensor) -> Tensor:
    """With what tells a row which frequency it is."""
    if model.freq_emb is None:
        return x
    places = model.freq_emb(torch.arange(x.shape[-2], device=x.device)).t()[None, :, :, None]
    return x.add_(model.freq_emb_scale * places)


def _across(model: Any, x: Tensor, xt: Tensor) -> tuple[Tensor, Tensor]:
    rows = x.shape[2]
    if model.bottom_channels:
        x = model.channel_upsampler(x.flatten(2)).unflatten(2, (rows, -1))
        xt = model.channel_upsampler_t(xt)
    x, xt = model.crosstransformer(x, xt)
    if model.bottom_channels:
        x = model.channel_downsampler(x.flatten(2)).unflatten(2, (rows, -1))
        xt = model.channel_downsampler_t(xt)
    return x, xt


def _decoded(layers: nn.ModuleList, x: Tensor, skips: list[Tensor], lengths: list[int]) -> Tensor:
    """A branch from the transformer on; takes the skips and lengths away as it goes."""
    for layer in layers:
        x, _ = layer(x, skips.pop(), lengths.pop())
    return x
