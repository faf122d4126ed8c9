"""Time and memory of candidates and their footprints on the real Vinh Phuc, sectors searched.

    python benchmarks/footprints.py RESOLUTION_M CANDIDATES

Needs the geodata beside the project, as ``data/vinhphuc.toml`` does. Everybody counts as unserved:
no gaps leave more demand points.
"""

import resource
import sys
import time
from pathlib import Path

import phusong as ps
from phusong.planning.candidate_settings import KINDS, CandidateSettings
from phusong.planning.candidates import find_candidates
from phusong.planning.footprints import NewCells
from phusong.planning.orientations import Orientations
from phusong.planning.sectors import DemandPixels, SectorSearch, refine_sectors
from phusong.planning.spacing import spacing_conflicts
from phusong.prediction.settings import PredictSettings

DATA = Path(__file__).resolve().parents[2] / "shared" / "geodata"
RANGE_KM = 3.5
SITES = 20


def main(resolution_m: float, count: int) -> None:
    scene = ps.Scene.open(
        DATA / "terrain/vinhphuc_srtm3.tif",
        DATA / "population/worldpop2020_1km_UNadj_vinhphuc.tif",
        DATA / "communes/vinhphuc_2025.geojson",
        resolution_m=resolution_m,
        facilities=DATA / "osm/vinhphuc_2018.gpkg",
        facilities_layer="pois",
        roads=DATA / "osm/vinhphuc_roads_2018.gpkg",
    )
    network = ps.read_stations(DATA / "stations_vinhphuc.csv")
    people = scene.people.to_numpy()
    profile = ps.ServiceProfile.named("vn_default")
    settings = PredictSettings.of(range_km={"5G": RANGE_KM})
    new = NewCells.like_existing(network.cells, "Viettel", "5G", (0.0, 120.0, 240.0), {})
    tilt_deg = float(new.radio["electrical_tilt_deg"])
    demand = DemandPixels.of(people)
    wanted = CandidateSettings(KINDS, count, spacing_m=250.0, grid_step_m=300.0)
    usual = scene, network.cells, people, "Viettel", "5G"
    find_candidates(*usual, CandidateSettings(max_new=1))  # compiles
    begun = time.perf_counter()
    places = find_candidates(*usual, wanted)
    say(f"{len(places):,} candidates on {resolution_m:g} m", begun)
    places = places.tail(count).reset_index(drop=True)
    begun = time.perf_counter()
    say(f"{len(spacing_conflicts(places)):,} conflicts of {len(places):,}", begun)
    least_dbm = (
        profile.thresholds("5G")["basic"]
        + profile.margin_db(settings.shadowing_sigma_db)
        + profile.entry_loss_db(float(new.radio["frequency_mhz"]))
    )
    for name, offered in (
        ("usual azimuths and tilt", Orientations.fixed(new.azimuths_deg, tilt_deg)),
        ("azimuths and tilt searched", Orientations.searched(tilt_deg)),
    ):
        search = SectorSearch(scene, settings, new, demand, least_dbm, orientations=offered)
        search.run(places.head(4), progress=False)  # compiles
        begun = time.perf_counter()
        aimed, sets = search.run(places, progress=False)
        say(f"{name}: {len(demand.pixels):,} points, {len(sets.member):,} members", begun)
        print(f"  people served, added up: {sets.people_alone.sum():,.0f}")
    best = sets.people_alone.argsort(kind="stable")[::-1][:SITES]
    begun = time.perf_counter()
    refine_sectors(search, aimed.iloc[best])
    say(f"{SITES} sites refined", begun)


def say(what: str, begun: float) -> None:
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"{what}: {time.perf_counter() - begun:.1f} s, peak {peak_mb:,.0f} MB", flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
