"""Backhaul of the real Vinh Phuc, and how long it takes: ``python benchmarks/backhaul.py``.

Needs the folder ``shared`` beside the project. Prints, for 300 of the candidates that Viettel's 5G
would have (masts of others to lease, and new positions), connected to Viettel's own masts, and for
many places at random, who is connected by what and in how many seconds, kernels compiled before.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd

import phusong as ps
from phusong.planning.backhaul import Backhaul, find_backhaul
from phusong.planning.backhaul_nodes import existing_sites
from phusong.planning.backhaul_plan import connect_plan
from phusong.planning.backhaul_settings import BackhaulSettings
from phusong.planning.candidates import Request, find_candidates

SHARED = Path(__file__).resolve().parents[2] / "shared" / "geodata"
OPERATOR = "Viettel"
ROADS = SHARED / "osm" / "vinhphuc_roads_2018.gpkg"


def told(what: str, found: Backhaul, seconds: float) -> None:
    """Print one line of results."""
    table = found.candidates
    kinds = table["backhaul"].replace("", "none").value_counts(normalize=True)
    shares = ", ".join(f"{kind} {share:.1%}" for kind, share in kinds.items())
    bands = table["band_ghz"].value_counts().sort_index()
    used = ", ".join(f"{band:g} GHz {count}" for band, count in bands.items())
    steps = (table["backhaul_via"].str.len() > 1).sum()
    print(
        f"{what}: {len(table):,} candidates, {len(found.hops):,} hops, {seconds:.1f} s; "
        f"connected {found.share_connected:.1%} ({shares}); {used or 'no microwave'}; "
        f"{steps} over another place; median cost {table['backhaul_cost'].median():,.0f}"
    )


def timed(what: str, *arguments, **options) -> Backhaul:
    start = time.perf_counter()
    found = find_backhaul(*arguments, **options)
    told(what, found, time.perf_counter() - start)
    return found


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--resolution-m", type=float, default=30.0)
    parser.add_argument("--many", type=int, default=10_000)
    asked = parser.parse_args()
    scene = ps.Scene.open(
        SHARED / "terrain" / "vinhphuc_srtm3.tif",
        SHARED / "population" / "worldpop2020_1km_UNadj_vinhphuc.tif",
        SHARED / "communes" / "vinhphuc_2025.geojson",
        resolution_m=asked.resolution_m,
    )
    network = ps.read_stations(SHARED / "stations_vinhphuc.csv")
    sites = existing_sites(scene, network, [OPERATOR])
    everybodys = existing_sites(scene, network)
    random = np.random.default_rng(6)
    request = Request(OPERATOR, "5G")
    offered = find_candidates(scene, network.cells, scene.people.to_numpy(), request)
    offered = offered[~offered["owner"].eq(OPERATOR)]
    new = offered.iloc[np.sort(random.choice(len(offered), 300, replace=False))]
    air = BackhaulSettings.of(sites_have_fibre=False)
    direct = BackhaulSettings.of(sites_have_fibre=False, most_hops=1)
    find_backhaul(scene, new.iloc[:5], sites)  # compiles
    print(f"{len(sites)} masts of {len(everybodys)}, pixels of {asked.resolution_m:g} m")
    found = timed("fibre along roads or microwave", scene, new, sites, roads=ROADS)
    by_air = timed("microwave alone", scene, new, sites, settings=air)
    for kind, of_kind in by_air.candidates.groupby("kind"):
        print(f"microwave alone, {kind}: {of_kind['connected'].mean():.1%} of {len(of_kind)}")
    lacking = timed("microwave in one hop", scene, new, sites, settings=direct).candidates
    print(*lacking.loc[~lacking["connected"], "backhaul_reason"].head(3), sep="\n")
    for what, priced in (("fibre or microwave", found), ("microwave alone", by_air)):
        start = time.perf_counter()
        plan = connect_plan(priced, range(0, len(new), 6))
        seconds = time.perf_counter() - start
        alone = priced.candidates["backhaul_cost"].iloc[range(0, len(new), 6)].sum()
        print(f"plan by {what}: {plan}; each alone {alone:,.0f}; {seconds:.1f} s")
    inside = np.flatnonzero(scene.commune_labels.to_numpy() > 0)
    row, col = np.divmod(random.choice(inside, asked.many), scene.grid.shape[1])
    x, y = scene.grid.affine * (col + 0.5, row + 0.5)
    many = pd.DataFrame({"x": x, "y": y, "antenna_height_m": 35.0})
    timed("many at random", scene, many, everybodys, roads=ROADS)
    timed("many at random, microwave alone", scene, many, everybodys, settings=air)


if __name__ == "__main__":
    main()
