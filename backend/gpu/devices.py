"""Where separation can run here: every CUDA GPU, Apple's, and always the CPU."""

from __future__ import annotations

import platform
from pathlib import Path

import torch

from shared.errors import KeylightError
from shared.schema.jobs import DeviceInfo

__all__ = ["best_device", "device_info", "find_devices"]


def find_devices() -> tuple[str, ...]:
    """Devices as torch names them, the quickest first; the last is "cpu"."""
    gpus = [f"cuda:{at}" for at in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    return (*gpus, *(["mps"] if torch.backends.mps.is_available() else []), "cpu")


def best_device(wanted: str = "auto") -> str:
    """The device meant by "auto" or by a name; raises `KeylightError` where it is not there.

    >>> best_device("cpu")
    'cpu'
    """
    there = find_devices()
    if wanted == "auto":
        return there[0]
    if wanted in there or (wanted == "cuda" and there[0].startswith("cuda")):
        return wanted
    raise KeylightError(f"There is no device {wanted} here. Expected auto or one of {', '.join(there)}.")


def device_info(device: str) -> DeviceInfo:
    """Kind and name of a device, for people."""
    kind = torch.device(device).type
    if kind == "cuda":
        return DeviceInfo(kind, torch.cuda.get_device_name(device))
    return DeviceInfo(kind, "Apple GPU" if kind == "mps" else _processor())


def _processor() -> str:
    """The processor's name as Linux tells it, or as the platform does."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())
