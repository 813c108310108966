"""The models that a child keeps in memory: loaded when first needed, and the one used longest ago makes room."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backend.gpu.batcher import Batcher
from backend.gpu.devices import best_device
from backend.gpu.models import load_model
from backend.gpu.separator import Separator
from shared.schema.jobs import Stage

__all__ = ["Resident", "Residents"]

Report = Callable[[Stage, float], None]
#: More than one, so that jobs of two models do not take turns in loading; few, because a device's memory is small.
_KEPT: Final = 2


@dataclass
class Resident:
    """A model in memory, and the thread that computes with it."""

    separator: Separator
    batcher: Batcher
    users: int = 0


class Residents:
    """Models of one device by name. May be used by several threads."""

    def __init__(self, *, device: str, folder: Path | None) -> None:
        """For a device by torch's name, or "auto". Raises `KeylightError` when there is no such device."""
        self._device, self._folder = best_device(device), folder
        self._lock, self._loading = threading.Lock(), threading.Lock()
        self._computing = threading.Lock()
        self._held: OrderedDict[str, Resident] = OrderedDict()

    @contextmanager
    def use(self, name: str, report: Report) -> Iterator[Resident]:
        """A model, loaded if need be; it stays while it is used. Raises `KeylightError` when it cannot be had."""
        resident = self._take(name)
        while resident is None:
            with self._loading:  # one at a time; those whose model is here go on meanwhile
                if name not in self._held:
                    self._make_room()
                    self._held[name] = self._load(name, report)
            resident = self._take(name)
        try:
            yield resident
        finally:
            with self._lock:
                resident.users -= 1

    def _take(self, name: str) -> Resident | None:
        with self._lock:
            resident = self._held.get(name)
            if resident is not None:
                self._held.move_to_end(name)
                resident.users += 1
            return resident

    def _load(self, name: str, report: Report) -> Resident:
        model = load_model(name, self._folder, progress=lambda fraction: report("fetching model", fraction))
        report("loading model", 0.0)
        separator = Separator(model, device=self._device)
        batcher = Batcher(separator.forward_all, lambda: separator.batch, device=self._computing)
        report("loading model", 1.0)
        return Resident(separator, batcher)

    def _make_room(self) -> None:
        with self._lock:
            idle = [name for name, one in self._held.items() if one.users == 0]
            leaving = [self._held.pop(name) for name in idle[: max(0, len(self._held) - _KEPT + 1)]]
        for gone in leaving:
            gone.batcher.close()
            gone.separator.close()
