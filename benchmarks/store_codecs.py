"""How small and how fast a window of path loss is kept, by several means, on real windows.

``python benchmarks/store_codecs.py`` computes P.1812 windows of 10 km and three bands around
places in the plain and on the ridge of the real Vinh Phuc (its data stands beside the project),
and prints a row for each means. Packages that are not installed are left out.
"""

import hashlib
import time
import zlib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import numpy as np
import zstandard

import phusong as ps
from phusong.kernels.residual import join_residuals, split_residuals
from phusong.prediction.masts import locate_masts
from phusong.prediction.settings import PredictSettings
from phusong.prediction.store import Window
from phusong.prediction.window_file import from_bytes, to_bytes
from phusong.prediction.windows import WindowMaker

GEODATA = Path(__file__).resolve().parents[2] / "shared" / "geodata"
PLACES = {"plain": (105.55, 21.28), "ridge": (105.645, 21.455)}
KEY, ROUNDS = hashlib.sha256(b"").hexdigest(), 9

Codec = tuple[Callable[[np.ndarray], bytes], Callable[[bytes], object]]


def windows(resolution_m: float) -> list[Window]:
    """Windows around the places, of one band of each technology, as codes."""
    scene = ps.Scene.open(
        terrain=GEODATA / "terrain" / "vinhphuc_srtm3.tif",
        communes=GEODATA / "communes" / "vinhphuc_2025.geojson",
        population=GEODATA / "population" / "worldpop2020_1km_UNadj_vinhphuc.tif",
        resolution_m=resolution_m,
    )
    settings = PredictSettings.of(range_km=dict.fromkeys(("3G", "4G", "5G"), 10.0))
    cells = ps.read_stations(GEODATA / "stations_vinhphuc.csv").cells
    cells = cells.groupby("technology").head(1).assign(antenna_height_m=30.0)
    result = []
    for longitude, latitude in PLACES.values():
        mast = next(locate_masts(cells.assign(longitude=longitude, latitude=latitude), scene))
        result.append(WindowMaker(scene, settings).compute(mast))
    return result


def plain(codes: np.ndarray) -> np.ndarray:
    return codes


def left_delta(codes: np.ndarray) -> np.ndarray:
    return np.diff(codes, axis=2, prepend=np.uint16(0))


def shuffled_delta(codes: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(left_delta(codes).view(np.uint8).reshape(-1, 2).T)


def residuals(codes: np.ndarray) -> np.ndarray:
    planes = np.empty((2, *codes.shape), np.uint8)
    split_residuals(codes, planes)
    return planes


FILTERS = {
    "as it is": plain,
    "left delta": left_delta,
    "left delta, bytes apart": shuffled_delta,
    "residuals (ours)": residuals,
}


def codecs() -> dict[str, Codec]:
    """Those of the standard library and of the packages that are installed."""
    compress, expand = zstandard.ZstdCompressor(level=1), zstandard.ZstdDecompressor()
    found: dict[str, Codec] = {
        "zlib 1": (lambda raw: zlib.compress(raw, 1), zlib.decompress),
        "zstd 1": (compress.compress, expand.decompress),
    }
    for name, add in (("lz4.block", _lz4), ("blosc2", _blosc2), ("numcodecs", _numcodecs)):
        try:
            found |= add(import_module(name))
        except ImportError:
            print(f"{name} is not installed")
    return found


def _lz4(lz4) -> dict[str, Codec]:
    return {"lz4": (lz4.compress, lz4.decompress)}


def _blosc2(blosc2) -> dict[str, Codec]:
    blosc2.set_nthreads(1)

    def means(codec, filters):
        return (
            lambda raw: blosc2.compress2(
                raw, typesize=raw.itemsize, codec=codec, clevel=1, filters=[filters]
            ),
            blosc2.decompress2,
        )

    lz4, zstd = blosc2.Codec.LZ4, blosc2.Codec.ZSTD
    return {
        "blosc2 lz4, shuffle": means(lz4, blosc2.Filter.SHUFFLE),
        "blosc2 lz4, bitshuffle": means(lz4, blosc2.Filter.BITSHUFFLE),
        "blosc2 zstd 1, shuffle": means(zstd, blosc2.Filter.SHUFFLE),
        "blosc2 zstd 1, bitshuffle": means(zstd, blosc2.Filter.BITSHUFFLE),
    }


def _numcodecs(numcodecs) -> dict[str, Codec]:
    blosc = numcodecs.Blosc("zstd", 1, numcodecs.Blosc.BITSHUFFLE)
    return {"numcodecs blosc zstd 1, bitshuffle": (blosc.encode, blosc.decode)}


def fastest_s(work: Callable[[], object]) -> float:
    """CPU time of the fastest of some rounds."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def measured(codes: list[np.ndarray], filtered: Callable, codec: Codec) -> tuple[float, ...]:
    """Ratio, then write and read in MB/s; reading leaves out undoing a filter of numpy's."""
    size = sum(array.nbytes for array in codes)
    packed = [codec[0](filtered(array)) for array in codes]
    write_s = sum(fastest_s(lambda a=array: codec[0](filtered(a))) for array in codes)
    read_s = sum(fastest_s(lambda b=content: codec[1](b)) for content in packed)
    if filtered is residuals:
        for array in codes:
            planes, back = residuals(array), np.empty_like(array)
            read_s += fastest_s(lambda p=planes, b=back: join_residuals(p, b))
    return size / sum(map(len, packed)), size / write_s / 1e6, size / read_s / 1e6


def measured_files(stored: list[Window]) -> tuple[float, ...]:
    """The same for whole files of the store in memory, checksum and departure included."""
    size = sum(window.loss.nbytes + window.departure.nbytes for window in stored)
    files = [to_bytes(KEY, window) for window in stored]
    write_s = sum(fastest_s(lambda w=window: to_bytes(KEY, w)) for window in stored)
    read_s = sum(fastest_s(lambda f=file: from_bytes(KEY, f)) for file in files)
    return size / sum(map(len, files)), size / write_s / 1e6, size / read_s / 1e6


def main() -> None:
    found = codecs()
    print("| pixel m | filter | codec | ratio | write MB/s/core | read MB/s/core |")
    print("|---|---|---|---|---|---|")
    for resolution_m in (90.0, 30.0):
        stored = windows(resolution_m)
        codes = [window.loss for window in stored]
        rows = [
            (filter_name, codec_name, measured(codes, filtered, codec))
            for filter_name, filtered in FILTERS.items()
            for codec_name, codec in found.items()
        ]
        rows.append(("whole file of the store", "", measured_files(stored)))
        for filter_name, codec_name, (ratio, write, read) in rows:
            figures = f"{ratio:.2f} | {write:.0f} | {read:.0f}"
            print(f"| {resolution_m:g} | {filter_name} | {codec_name} | {figures} |")


if __name__ == "__main__":
    main()
