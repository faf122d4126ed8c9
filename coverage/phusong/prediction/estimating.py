"""What a prediction will take, told before it runs: time, memory and disk."""

import math
from dataclasses import dataclass
from html import escape
from itertools import chain, compress
from operator import not_
from pathlib import Path
from typing import Any

from phusong._jit import thread_count
from phusong.errors import InputError
from phusong.geodata.memory import free_memory_bytes, size_text
from phusong.geodata.scene import Scene
from phusong.geodata.stations import Network
from phusong.prediction.masts import Mast
from phusong.prediction.preparing import chosen_settings, prepared
from phusong.prediction.rates import (
    combining_s,
    keeping_s,
    kept_bytes,
    machine_speed,
    saved_bytes,
    work_s,
)
from phusong.prediction.store import PathLossStore
from phusong.prediction.windows import WindowMaker
from phusong.prediction.workload import (
    peak_bytes,
    served_pixels,
    stored_values,
    window_values,
    window_work,
)
from phusong.radio.service import ServiceProfile

__all__ = ["Estimate", "estimate"]


@dataclass(frozen=True, repr=False)
class Estimate:
    """What a prediction will take; made by `phusong.Scene.estimate`.

    Attributes
    ----------
    time_s
        From the first window to the layers, on a machine that does nothing else. The first
        prediction after the package has changed compiles its kernels besides, up to a minute.
    path_loss_s, store_s, combining_s
        Its parts: path loss that is not in the store yet, reading and writing there, and the
        strongest servers.
    memory_bytes
        Peak of the run, beyond what the process holds before it; compilation takes 0.3 GB more.
    free_memory_bytes
        What is free now: a run that needs more is refused.
    store_bytes
        What the store will hold for this run, that which is there already included; 0 without one.
    output_bytes
        What `phusong.Coverage.save` will write.
    masts, windows_to_compute, losses
        Masts that reach the grid, those of which the store has no path loss, and the path losses
        (pixels within range, times bands) to compute.
    threads
        That it will run on.
    """

    time_s: float
    path_loss_s: float
    store_s: float
    combining_s: float
    memory_bytes: int
    free_memory_bytes: int
    store_bytes: int
    output_bytes: int
    masts: int
    windows_to_compute: int
    losses: int
    threads: int

    @property
    def disk_bytes(self) -> int:
        """Store and output together."""
        return self.store_bytes + self.output_bytes

    @property
    def fits(self) -> bool:
        """Whether the memory that is free suffices."""
        return self.memory_bytes <= self.free_memory_bytes

    def line(self) -> str:
        """The whole in one line."""
        return (
            f"about {_time(self.time_s)}, {size_text(self.memory_bytes)} of memory and "
            f"{size_text(self.disk_bytes)} on disk; the first run compiles besides"
        )

    def __repr__(self) -> str:
        return "\n".join(["Estimate", *(f"  {name}: {text}" for name, text in self._rows())])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{escape(name)}</th>"
            f"<td style='text-align:left'>{escape(text)}</td></tr>"
            for name, text in self._rows()
        )
        return f"<table><caption>Estimate</caption>{rows}</table>"

    def _rows(self) -> list[tuple[str, str]]:
        parts = (
            f"path loss {_time(self.path_loss_s)}, store {_time(self.store_s)}, "
            f"combining {_time(self.combining_s)}"
        )
        needed = "" if self.fits else ": it will be refused"
        return [
            (
                "work",
                f"{self.losses:,} path losses in {self.windows_to_compute:,} windows, of "
                f"{self.masts:,} masts",
            ),
            ("time", f"{_time(self.time_s)} on {self.threads} thread(s): {parts}"),
            ("first run", "compiles besides, up to a minute"),
            (
                "memory",
                f"{size_text(self.memory_bytes)}; "
                f"{size_text(self.free_memory_bytes)} are free{needed}",
            ),
            ("disk", f"store {size_text(self.store_bytes)}, layers {size_text(self.output_bytes)}"),
        ]


def estimate(
    network: Network,
    scene: Scene,
    *,
    service: str | ServiceProfile = "vn_default",
    store: Path | str | None = None,
    **settings: Any,
) -> Estimate:
    """What `phusong.predict` with the same arguments will take; `phusong.Scene.estimate` says how.

    A store's folder need not be there, and is not made.
    """
    profile, chosen = chosen_settings(service, settings)
    there = PathLossStore(store, writing=False) if store is not None else None
    if there is not None and there.folder.is_file():
        raise InputError("path-loss store", [f"{str(store)!r} is a file: give a folder"])
    ready = prepared(network, scene, profile, chosen, there)
    maker, masts = ready.maker, ready.groups.within
    works = [window_work(maker, mast) for mast in masts]
    new = [there is None or not there.holds(maker.key(mast)) for mast in masts]
    computed = [work for each in compress(works, new) for work in each]
    layer_pixels = len(network.operators) * len(network.technologies) * math.prod(scene.grid.shape)
    threads = thread_count()
    speed = machine_speed(threads)
    path_loss_s = work_s(computed, maker.settings) / speed
    store_s = _keeping_s(maker, masts, new) / speed if store is not None else 0.0
    combined_s = combining_s(len(network.cells), served_pixels(maker, masts), layer_pixels) / speed
    values = stored_values(chain.from_iterable(works))
    return Estimate(
        time_s=path_loss_s + store_s + combined_s,
        path_loss_s=path_loss_s,
        store_s=store_s,
        combining_s=combined_s,
        memory_bytes=peak_bytes(network, maker, masts, stored=store is not None),
        free_memory_bytes=free_memory_bytes(),
        store_bytes=kept_bytes(values, scene.resolution_m) if store is not None else 0,
        output_bytes=saved_bytes(layer_pixels, len(network.cells), maker.settings),
        masts=len(masts),
        windows_to_compute=sum(new),
        losses=sum(work.losses for work in computed),
        threads=threads,
    )


def _keeping_s(maker: WindowMaker, masts: list[Mast], new: list[bool]) -> float:
    """Time to read the windows that a store holds, and to write the new ones."""
    values = [window_values(maker, mast) for mast in masts]
    return keeping_s(list(compress(values, map(not_, new))), list(compress(values, new)))


def _time(seconds: float) -> str:
    if seconds < 90.0:
        return f"{seconds:.2g} s" if seconds < 10.0 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400.0 else f"{seconds / 3600:.1f} h"
