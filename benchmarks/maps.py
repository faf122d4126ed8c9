"""How large the page of a map is and how long it takes to make and to draw.

``python benchmarks/maps.py`` draws made-up provinces of 36 and 3,321 communes and of 6,000 and
100,000 cells, and opens each offline page in Chromium where Playwright finds one: until the map
stands with its first raster, until a commune's colours are drawn, until the masts stand in
clusters, and until a click is answered. Scripts of others come from ``PHUSONG_MAP_ASSETS`` or
``tests/browser/node_modules``.
"""

import argparse
import shutil
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr
from odc.geo.geobox import GeoBox
from odc.geo.xr import xr_coords
from shapely import box

import phusong as ps
from phusong.geodata.findings import Findings
from phusong.prediction.settings import PredictSettings

ASSETS = Path(__file__).parents[1] / "tests" / "browser" / "node_modules"
OPERATORS = ("Alpha", "Beta", "Gamma")
TECHNOLOGIES = ("3G", "4G", "5G")
CASES = ((36, 6_000, 500), (36, 100_000, 500), (3_321, 6_000, 1_000), (3_321, 100_000, 1_000))
"""Communes, cells, and pixels along a side."""
MAP = "window[Object.keys(window).find(name => name.startsWith('map_'))]"
CELL = {
    "band": "B3", "frequency_mhz": 1800.0, "bandwidth_mhz": 20.0, "mechanical_tilt_deg": 0.0,
    "electrical_tilt_deg": 4.0, "power_dbm": 46.0, "antenna_gain_dbi": 17.0, "feeder_loss_db": 1.5,
    "horizontal_beamwidth_deg": 65.0, "vertical_beamwidth_deg": 7.0, "antenna_height_m": 35.0,
    "structure": "mast", "status": "on-air",
}  # fmt: skip


def made_up(communes: int, cells: int, side: int) -> ps.Coverage:
    """Levels that fall with the distance from masts, over square communes."""
    rng = np.random.default_rng(1)
    grid = GeoBox.from_bbox(
        (500_000, 2_300_000, 500_000 + 100 * side, 2_300_000 + 100 * side),
        "EPSG:32648",
        resolution=100,
    )
    network = _network(rng, cells, grid)
    layer = {"dims": ("y", "x"), "coords": xr_coords(grid)}
    heights = rng.normal(0, 1, grid.shape).cumsum(axis=0).cumsum(axis=1)
    labels, shapes = _communes(communes, grid)
    people = rng.gamma(0.5, 20.0, grid.shape)
    scene = ps.Scene(
        terrain=xr.DataArray((50 + heights / np.abs(heights).max() * 400).astype("f4"), **layer),
        grid=grid,
        communes=shapes.assign(
            people=np.bincount(labels.ravel(), people.ravel(), len(shapes) + 1)[1:]
        ),
        commune_labels=xr.DataArray(labels, **layer),
        people=xr.DataArray(people, **layer),
        villages=None,
        findings=Findings().frame(),
        sources={},
    )
    return ps.Coverage(
        data=_levels(rng, network, grid),
        scene=scene,
        network=network,
        settings=PredictSettings.of(),
        profile=ps.ServiceProfile.named("vn_default"),
        findings=Findings().frame(),
    )


def _network(rng: np.random.Generator, cells: int, grid: GeoBox) -> ps.Network:
    number = np.arange(cells)
    site = number // 9
    longitude, latitude = rng.uniform(-0.5, 0.5, (2, site[-1] + 1))
    west, south, east, north = grid.extent.to_crs("EPSG:4326").boundingbox.bbox
    table = pd.DataFrame(
        {
            "site_id": [f"S{place:05d}" for place in site],
            "cell_id": [
                f"S{place:05d}-{each % 9}" for place, each in zip(site, number, strict=True)
            ],
            "operator": np.array(OPERATORS)[site % 3],
            "technology": np.array(TECHNOLOGIES)[number % 3],
            "longitude": (west + east) / 2 + (east - west) * longitude[site] * 0.95,
            "latitude": (south + north) / 2 + (north - south) * latitude[site] * 0.95,
            "azimuth_deg": number % 9 // 3 * 120.0,
            **CELL,
        }
    )
    return ps.Network(table, Findings().frame())


def _communes(count: int, grid: GeoBox) -> tuple[np.ndarray, gpd.GeoDataFrame]:
    """Rectangles of pixels in some rows, the last row of them wider where they do not fill it."""
    rows = round(count**0.5)
    per_row = [count // rows + (row < count % rows) for row in range(rows)]
    labels = np.zeros(grid.shape, dtype=np.int32)
    shapes, label = [], 0
    edges = np.linspace(0, grid.shape[0], rows + 1).astype(int)
    for row, columns in enumerate(per_row):
        across = np.linspace(0, grid.shape[1], columns + 1).astype(int)
        for left, right in pairwise(across):
            label += 1
            labels[edges[row] : edges[row + 1], left:right] = label
            x, y = grid.affine * (left, edges[row])
            far_x, far_y = grid.affine * (right, edges[row + 1])
            shapes.append(box(x, far_y, far_x, y).segmentize(1_000))
    numbers = np.arange(1, count + 1)
    table = {
        "label": numbers,
        "code": [f"{number:05d}" for number in numbers],
        "name": [f"Xã {number}" for number in numbers],
        "area_km2": [shape.area / 1e6 for shape in shapes],
    }
    return labels, gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:32648")


def _levels(rng: np.random.Generator, network: ps.Network, grid: GeoBox) -> xr.Dataset:
    shape = (len(OPERATORS), len(TECHNOLOGIES), *grid.shape)
    y, x = np.mgrid[0 : grid.shape[0], 0 : grid.shape[1]]
    levels = np.empty(shape, dtype=np.float32)
    for index in np.ndindex(*shape[:2]):
        places = rng.uniform(0, grid.shape[0], (40, 2))
        near = np.min([np.hypot(y - row, x - column) for row, column in places], axis=0)
        levels[index] = -60 - 25 * np.log10(1 + near) + rng.normal(0, 1.5, grid.shape)
    dims = ("operator", "technology", "y", "x")
    quantity = ("technology", ["RSCP", "RSRP", "SS-RSRP"])
    layers = {
        "level_dbm": (dims, levels),
        "server": (dims, np.zeros(shape, np.int32) + (x // 20 + y // 20 * 25).astype(np.int32)),
        "model": ("cell", ["p1812"] * len(network.cells)),
    }
    coords = {"operator": list(OPERATORS), "technology": list(TECHNOLOGIES), "quantity": quantity}
    data = xr.Dataset(layers, coords=coords | dict(xr_coords(grid)))
    return data.assign_attrs(model="made up")


def timed(action) -> tuple[float, object]:
    """Seconds that an action takes, and what it gives."""
    start = time.perf_counter()
    result = action()
    return time.perf_counter() - start, result


def drawn_s(page_file: Path, browser) -> dict[str, float]:
    """Seconds until each thing stands on the screen."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    painted = "document.querySelector('canvas.leaflet-image-layer')?.dataset.painted === 'yes'"
    steps = {
        "open": lambda: (page.goto(page_file.as_uri()), page.wait_for_function(painted)),
        "communes": lambda: page.evaluate(
            "(() => { phusong.communes('4G').addTo(phusong.map); "
            "return new Promise(done => requestAnimationFrame(() => setTimeout(done, 0))); })()"
        ),
        "masts": lambda: (
            page.evaluate("(() => { phusong.masts('Alpha').addTo(phusong.map); })()"),
            page.wait_for_selector(".marker-cluster", state="attached"),
        ),
        "click": lambda: page.evaluate("phusong.valuesAt(phusong.map.getCenter())"),
    }
    seconds = {name: timed(step)[0] for name, step in steps.items()}
    page.close()
    return seconds


def measure(communes: int, cells: int, side: int, folder: Path, browser) -> str:
    """A row of the table."""
    coverage = made_up(communes, cells, side)
    gaps = ps.find_gaps(coverage, causes=False)
    make_s, page = timed(lambda: ps.map(coverage, gaps, language="vi"))
    online, offline = folder / "online.html", folder / "offline.html"
    save_s, _ = timed(lambda: page.save(online))
    page.save(offline, offline=True, assets=ASSETS)
    sizes = [path.stat().st_size / 1e6 for path in (online, offline)]
    seen = {} if browser is None else drawn_s(offline, browser)
    told = [f"{communes:,}", f"{cells:,}", f"{side} x {side}", f"{make_s:.1f}", f"{save_s:.1f}"]
    told += [f"{size:.2f}" for size in sizes]
    told += [f"{seconds:.2f}" for seconds in seen.values()]
    return f"| {' | '.join(told)} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--no-browser", action="store_true", help="sizes and times of making only")
    wanted = parser.parse_args()
    print("| communes | cells | pixels | make, s | save, s | online, MB | offline, MB | "
          "opens, s | communes, s | masts, s | click, s |")  # fmt: skip
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with tempfile.TemporaryDirectory() as folder:
        if wanted.no_browser or chromium is None:
            for case in CASES:
                print(measure(*case, Path(folder), None), flush=True)
            return
        from playwright.sync_api import sync_playwright

        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            for case in CASES:
                print(measure(*case, Path(folder), browser), flush=True)
            browser.close()


if __name__ == "__main__":
    main()
