"""A Demucs model made quicker on a CPU with the same outputs up to rounding: some of its layers are computed otherwise.

Only the model given is changed, by replacing layers; Demucs' own classes stay as they are. What is gained, and why:

- Layers of the frequency branch keep each frequency's channels and times together, [frequency, channel, time]. A
  convolution over frequencies is then one matrix product per output row over rows that lie side by side in memory,
  without copying them, and the residual branch, which Demucs applies to each frequency by itself, needs no transposing.
- They work through a few rows at a time, from input to output of the layer, so that what is between stays in the
  processor's cache; PyTorch's convolutions of 6 channels take ten times as long as the products they stand for.
- Attention never writes the table of all pairs of times down, which PyTorch's fast path for inference does.
- Freed memory stays with the process: else every large tensor costs a page fault for each 4 kB of it. Only between
  the stages of a segment what lies free is given back (`backend.gpu.lean`).
"""

from __future__ import annotations

import ctypes
import functools
from typing import Any, Final

import torch
from demucs.demucs import DConv
from demucs.hdemucs import HDecLayer, HEncLayer
from demucs.htdemucs import HTDemucs
from torch import Tensor, nn
from torch.nn import functional

from backend.gpu.lean import forward, is_lean

__all__ = ["keep_freed_memory", "tune"]

#: Bytes that one step may touch: about a core's second-level cache.
_CACHE: Final = 2**21
#: glibc's `mallopt` parameters (malloc.h): trim and mmap thresholds, and the number of arenas.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8


def keep_freed_memory() -> None:
    """Let this process keep memory that it frees, up to a gigabyte at a time; does nothing where libc is not glibc."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for parameter, value in ((_MMAP_THRESHOLD, 2**30), (_TRIM_THRESHOLD, 2**30), (_ARENA_MAX, 1)):
            mallopt(parameter, value)


def tune(model: Any) -> None:
    """Make the layers of a model, in place, quicker on a CPU; layers of an unknown make stay as they are."""
    if not isinstance(model, HTDemucs):
        return
    for layers in (model.encoder, model.decoder):
        for at, layer in enumerate(layers):
            if isinstance(layer, HEncLayer) and _is_plain(layer):
                layers[at] = _Encoder(layer)
            elif isinstance(layer, HDecLayer) and _is_plain(layer):
                layers[at] = _Decoder(layer)
    for layers in (model.tencoder, model.tdecoder):
        for layer in layers:
            if _knows(getattr(layer, "dconv", None)):
                layer.dconv = _Residual(layer.dconv)
    if is_lean(model):
        model.forward = functools.partial(forward, model)
    if model.crosstransformer is not None:
        for name, child in list(model.crosstransformer.named_modules()):
            if type(child) is nn.MultiheadAttention:
                parent, _, last = name.rpartition(".")
                setattr(model.crosstransformer.get_submodule(parent), last, _Attention(child))


def _is_plain(layer: Any) -> bool:
    """Whether a layer is of the make of the published models: over frequencies, kernel twice the stride, no norm."""
    return bool(
        layer.freq
        and not layer.empty
        and layer.kernel_size == 2 * layer.stride
        and layer.pad == layer.stride // 2
        and layer.rewrite is not None
        and isinstance(layer.norm2, nn.Identity)
        and (layer.dconv is None or _knows(layer.dconv))
        and layer.rewrite.kernel_size == ((1, 1) if isinstance(layer, HEncLayer) else (3, 3))
    )


def _knows(residual: Any) -> bool:
    """Whether a residual branch has only the parts that `_Residual` knows: no LSTM, no attention."""
    kinds = [nn.Conv1d, nn.GroupNorm, nn.GELU, nn.Conv1d, nn.GroupNorm, nn.GLU]
    layers: list[Any] = list(residual.layers) if isinstance(residual, DConv) else []
    return bool(layers) and all(
        [type(part) for part in layer][:6] == kinds and len(layer) == 7 and layer[0].kernel_size == (3,)
        for layer in layers
    )


class _Residual(nn.Module):
    """`DConv`: for each row [channels, times] by itself, x + a narrow network of x, several times over."""

    def __init__(self, residual: Any) -> None:
        super().__init__()
        self.layers = residual.layers
        self.taps = nn.ParameterList(_fixed(_stacked(layer[0].weight)) for layer in residual.layers)

    def forward(self, x: Tensor) -> Tensor:
        """Rows [rows, channels, times]; not changed."""
        for layer, taps in zip(self.layers, self.taps, strict=True):
            narrow, norm, _, wide, wide_norm, _, scale = layer
            rows, times = x.shape[0], x.shape[2]
            step = narrow.dilation[0]
            before, y, after = _product(taps, x).view(rows, 3, -1, times).unbind(1)
            y = y + narrow.bias[:, None]
            if times > step:
                y[..., step:] += before[..., :-step]
                y[..., :-step] += after[..., step:]
            y = functional.gelu(functional.group_norm(y, norm.num_groups, norm.weight, norm.bias, norm.eps))
            y = _product(wide.weight[:, :, 0], y, wide.bias)
            y = functional.group_norm(y, wide_norm.num_groups, wide_norm.weight, wide_norm.bias, wide_norm.eps)
            x = torch.addcmul(x, scale.scale[:, None], functional.glu(y, 1))
        return x


class _Encoder(nn.Module):
    """`HEncLayer` over frequencies: rows in, a stride-th of the rows out."""

    def __init__(self, layer: Any) -> None:
        super().__init__()
        self.stride, self.pad = layer.stride, layer.pad
        weight = layer.conv.weight[..., 0]  # [out, in, kernel]
        self.weight = _fixed(weight.permute(0, 2, 1).flatten(1))
        self.bias, self.rewrite = layer.conv.bias, layer.rewrite
        self.dconv = None if layer.dconv is None else _Residual(layer.dconv)

    def forward(self, x: Tensor, inject: Tensor | None = None) -> Tensor:
        """[b, channels, frequencies, times] to the same with other sizes, whose memory is in rows."""
        assert inject is None
        return _together([self._rows(one.transpose(0, 1)) for one in x])

    def _rows(self, x: Tensor) -> Tensor:
        count, _, times = x.shape
        padded = functional.pad(x, (0, 0, 0, 0, self.pad, self.pad)).contiguous()
        made = count // self.stride
        out = x.new_empty(made, self.weight.shape[0], times)
        for at, rows in _steps(made, self.weight.shape[0] * times):
            y = _product(
                self.weight, _neighbours(padded, at * self.stride, rows, self.stride, 2 * self.stride), self.bias
            )
            y = functional.gelu(y)
            if self.dconv is not None:
                y = self.dconv(y)
            y = _product(self.rewrite.weight[:, :, 0, 0], y, self.rewrite.bias)
            out[at : at + rows] = functional.glu(y, 1)
        return out


class _Decoder(nn.Module):
    """`HDecLayer` over frequencies: rows and the encoder's rows in, a stride times as many rows out."""

    def __init__(self, layer: Any) -> None:
        super().__init__()
        self.stride, self.pad, self.last = layer.stride, layer.pad, layer.last
        self.taps = nn.ParameterList(
            _fixed(layer.rewrite.weight[..., tap].permute(0, 2, 1).flatten(1)) for tap in range(3)
        )
        self.rewrite_bias = layer.rewrite.bias
        # Row q of the input reaches output rows q * stride + (0 .. 2 * stride - 1): the rows from q * stride on are a
        # product of the rows q - 1 and q.
        weight = layer.conv_tr.weight[..., 0]  # [in, out, kernel]
        late, early = weight[..., self.stride :], weight[..., : self.stride]
        self.weight = _fixed(torch.cat([late, early]).permute(2, 1, 0).flatten(0, 1))
        self.bias = _fixed(layer.conv_tr.bias.repeat(self.stride))
        self.dconv = None if layer.dconv is None else _Residual(layer.dconv)

    def forward(self, x: Tensor, skip: Tensor, length: int | None) -> tuple[Tensor, None]:
        """[b, channels, frequencies, times] to the same with other sizes, whose memory is in rows."""
        rows = [self._rows(one.transpose(0, 1), other.transpose(0, 1)) for one, other in zip(x, skip, strict=True)]
        return _together(rows), None

    def _rows(self, x: Tensor, skip: Tensor) -> Tensor:
        count, channels, times = x.shape
        padded = x.new_zeros(count + 2, channels, times + 2)
        torch.add(x, skip, out=padded[1:-1, :, 1:-1])
        made = len(self.bias) // self.stride
        out = x.new_empty(count + 1, self.stride * made, times)
        held = x.new_zeros(1, channels, times)  # the row before the first, then the last one of the step before
        for at, rows in _steps(count, channels * times):
            y: Tensor | None = None
            for tap, weight in enumerate(self.taps):
                rows_of_tap = _neighbours(padded[..., tap : tap + times], at, rows, 1, 3)
                y = _product(weight, rows_of_tap, self.rewrite_bias if y is None else None, add_to=y)
            assert y is not None
            y = functional.glu(y, 1)
            if self.dconv is not None:
                y = self.dconv(y)
            held = torch.cat([held[-1:], y])
            self._spread(held, out[at : at + rows])
        self._spread(torch.cat([held[-1:], torch.zeros_like(held[:1])]), out[count:])
        return out.view(-1, made, times)[self.pad : self.pad + count * self.stride]

    def _spread(self, held: Tensor, out: Tensor) -> None:
        y = _product(self.weight, _neighbours(held, 0, len(out), 1, 2), self.bias)
        out.copy_(y if self.last else functional.gelu(y))


class _Attention(nn.Module):
    """`nn.MultiheadAttention` with `batch_first`, without its fast path."""

    def __init__(self, attention: nn.MultiheadAttention) -> None:
        super().__init__()
        assert attention.batch_first
        self.heads = attention.num_heads
        self.in_weight, self.in_bias = attention.in_proj_weight, attention.in_proj_bias
        self.out = attention.out_proj
        self.batch_first = True

    def forward(self, query: Tensor, key: Tensor, value: Tensor, **_: Any) -> tuple[Tensor, None]:
        """[b, times, channels] each; key and value are the same tensor."""
        width = query.shape[2]
        if query is key:
            q, k, v = functional.linear(query, self.in_weight, self.in_bias).chunk(3, dim=2)
        else:
            q = functional.linear(query, self.in_weight[:width], self.in_bias[:width])
            k, v = functional.linear(key, self.in_weight[width:], self.in_bias[width:]).chunk(2, dim=2)
        q, k, v = (one.reshape(*one.shape[:2], self.heads, -1).transpose(1, 2) for one in (q, k, v))
        y = functional.scaled_dot_product_attention(q, k, v)
        return self.out(y.transpose(1, 2).flatten(2)), None


def _together(results: list[Tensor]) -> Tensor:
    """Results [frequencies, channels, times] as [b, channels, frequencies, times]; a single one is not copied."""
    return (torch.stack(results) if len(results) > 1 else results[0][None]).transpose(1, 2)


def _fixed(values: Tensor) -> nn.Parameter:
    return nn.Parameter(values.detach().contiguous(), requires_grad=False)


def _stacked(weight: Tensor) -> Tensor:
    """Taps of a kernel of three [out, in, 3] one below the other: [3 * out, in]."""
    return weight.permute(2, 0, 1).flatten(0, 1)


def _steps(rows: int, row_floats: int) -> list[tuple[int, int]]:
    """Starts and counts of as many rows at a time as the cache holds together with what is made of them."""
    most = max(1, _CACHE // (4 * 4 * row_floats))
    return [(at, min(most, rows - at)) for at in range(0, rows, most)]


def _neighbours(x: Tensor, first: int, count: int, step: int, wide: int) -> Tensor:
    """Of rows [n, channels, times] `wide` at a time as one matrix, without a copy: [count, wide * channels, times].

    Rows lie one after another with the same distance between channels as between a row's last and the next's first.
    """
    row, channel, one = x.stride()
    assert row == channel * x.shape[1]
    shape = (count, wide * x.shape[1], x.shape[2])
    return x.as_strided(shape, (step * row, channel, one), x.storage_offset() + first * row)


def _product(weight: Tensor, x: Tensor, bias: Tensor | None = None, *, add_to: Tensor | None = None) -> Tensor:
    """Products of a weight [m, k] with each of x [rows, k, times], plus a bias [m] or what is there already."""
    shared = weight.expand(len(x), *weight.shape)
    if add_to is not None:
        return add_to.baddbmm_(shared, x)
    if bias is None:
        return torch.bmm(shared, x)
    return torch.baddbmm(bias[:, None], shared, x)
