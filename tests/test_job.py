"""The main job and the command line, on the sample made coarse."""

import dataclasses
import json
import os
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import rasterio
import xarray as xr
from store_case import window_of

import phusong as ps
from phusong.errors import InputError
from phusong.job import STEPS, JobSettings, estimate, run
from phusong.job.checks import run_checks
from phusong.job.earlier_run import earlier_problems
from phusong.job.settings import CheckSettings, ServiceSettings
from phusong.prediction import PathLossStore, predict
from phusong.radio.service import ServiceProfile
from phusong.report.files import write_csv
from phusong.sample_province import write_sample

COARSE = """
[prediction]
range_km = { 3G = 3.0, 4G = 3.0, 5G = 2.0 }

[checks]
targets = "targets.csv"
targets_on = 2027-01-01

[checks.claims]
"all of it" = { technology = "4G", operator = "Operator A" }

[checks.switch_offs]
"no 3G" = { technology = "3G" }

[checks.resilience]
times_h = [0, 8]

[output]
open_data = true

[sources.terrain]
title = "A made-up terrain"
licence = "Apache-2.0"

[licence]
name = "CC-BY-4.0"
"""


@pytest.fixture(scope="module")
def settings_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inputs")
    path = write_sample(folder)["settings"]
    text = path.read_text(encoding="utf8").replace("resolution_m = 200", "resolution_m = 500")
    assert "resolution_m = 500" in text
    path.write_text(
        text.replace("count = 10", 'count = 2\ncosts = "lmic_2020"') + COARSE, encoding="utf8"
    )
    code = gpd.read_file(folder / "communes.geojson")["code"][0]
    goal = f"commune,technology,metric,value,due\n{code},4G,served_people_pct,90,2026-12-31\n"
    (folder / "targets.csv").write_text(goal, encoding="utf8")
    return path


@pytest.fixture(scope="module")
def job(settings_file, tmp_path_factory):
    return run(settings_file, tmp_path_factory.mktemp("out"), progress=False)


def test_everything_promised_is_written_and_opens(job):
    files = job.files
    assert "leaflet" in files["map"].read_text(encoding="utf8")
    assert len(gpd.read_file(files["layers"], layer="communes")) == 36
    sites = gpd.read_file(files["layers"], layer="proposed_sites")
    assert list(sites["rank"]) == [1, 2]
    assert len(gpd.read_file(files["layers"], layer="dead_spots")) == len(job.gaps.dead_spots)
    workbook = pd.read_excel(files["workbook"], sheet_name=None, engine="calamine")
    assert len(workbook) >= 5
    assert list(pd.read_csv(files["findings"]).columns) == list(job.findings.columns)
    with xr.open_dataset(files["levels"]) as levels:
        assert levels["level_dbm"].dims == ("operator", "technology", "y", "x")


def test_checks_of_the_settings_are_in_the_workbook(job):
    workbook = pd.read_excel(job.files["workbook"], sheet_name=None, engine="calamine")
    assert len(workbook["Targets by commune"]) == 1
    assert set(workbook["Claims"]["Claim"]) == {"all of it"}
    assert set(workbook["Claims"]["Operator"]) == {"Operator A"}
    assert set(workbook["Switch-off"]["Case"]) == {"no 3G"}


def test_the_plan_and_the_outages_are_in_the_workbook_and_the_report(job):
    workbook = pd.read_excel(job.files["workbook"], sheet_name=None, engine="calamine")
    assert len(workbook["Lease or build"]) == 2
    assert workbook["Costs by item"]["Present value"].sum() == pytest.approx(job.plan.present_value)
    assert len(workbook["Each mast alone out"]) == len(job.checks["resilience"].masts)
    assert "USD" in job.files["report"].read_text(encoding="utf8")
    assert job.files["report_to_print"].read_bytes().startswith(b"%PDF")


def test_steps_one_by_one_write_what_the_whole_job_does(job, settings_file, tmp_path):
    said = []
    for step in STEPS:
        run(settings_file, tmp_path, steps=[step], progress=False, say=said.append)
    assert sum(line.startswith("predicting") for line in said) == 1
    assert sum(line.startswith("choosing") for line in said) == 1
    for kind in ("levels", "layers", "plan", "workbook", "map", "report", "google_earth"):
        name = job.files[kind].name
        assert (tmp_path / name).read_bytes() == job.files[kind].read_bytes(), name


def test_a_step_says_which_one_comes_before_it(settings_file, tmp_path):
    with pytest.raises(InputError, match="do the step 'predict' before"):
        run(settings_file, tmp_path, steps=["gaps"], progress=False)
    with pytest.raises(InputError, match="give some of predict, gaps"):
        run(settings_file, tmp_path, steps=["draw"], progress=False)


def test_the_command_checks_inputs_and_writes_nothing(settings_file, tmp_path):
    command = [sys.executable, "-m", "phusong", "check", str(settings_file), "--json"]
    done = subprocess.run(
        [*command, "--output", str(tmp_path / "out")], capture_output=True, text=True, check=False
    )
    told = json.loads(done.stdout)
    left_out = any(finding["severity"] == "rejected" for finding in told["findings"])
    assert done.returncode == int(left_out)
    assert not (tmp_path / "out").exists()


def test_the_open_data_names_the_sources_that_the_settings_tell(job):
    package = json.loads(job.files["open_data"].read_text(encoding="utf8"))
    record = json.loads(job.files["record"].read_text(encoding="utf8"))
    assert package["title"] == job.settings.name
    assert package["licenses"] == [{"name": "CC-BY-4.0"}]
    sources = {source["input"]: source for source in package["sources"]}
    assert {name: source["sha256"] for name, source in sources.items()} == {
        name: told["sha256"] for name, told in record["inputs"].items()
    }
    assert sources["terrain"]["title"] == "A made-up terrain"
    assert sources["stations"]["licence"] == "not given"
    assert "claims" in {resource["name"] for resource in package["resources"]}


def test_google_earth_opens_what_was_found(job):
    layers = pyogrio.list_layers(f"/vsizip/{job.files['google_earth']}/doc.kml")[:, 0]
    assert "Proposed sites (2)" in layers


def test_an_earlier_run_is_compared(job, settings_file):
    wanted = CheckSettings(earlier={"levels": job.files["levels"], "stations": "stations.csv"})
    asked = []

    def read_network(path):
        asked.append(path)
        return job.network

    checks = run_checks(
        wanted,
        settings_file.parent,
        job.gaps,
        read_network=read_network,
        store=None,
        progress=False,
    )
    assert asked == [Path("stations.csv")]
    changes = checks["changes"]
    assert changes["after_people"].sum() > 0
    assert (changes[["won_people", "lost_people"]] == 0).all(axis=None)


def test_rasters_are_cloud_optimised_and_lie_on_the_grid(job):
    rasters = sorted(job.files["rasters"].glob("level_*4G.tif"))
    assert len(rasters) == 5
    with rasterio.open(rasters[0]) as raster:
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert raster.crs.to_epsg() == job.scene.grid.crs.epsg
        assert raster.shape == tuple(job.scene.grid.shape)
        assert raster.units == ("dBm",)


def test_the_record_tells_how_to_make_it_again(job, settings_file):
    record = json.loads(job.files["record"].read_text(encoding="utf8"))
    assert set(record["inputs"]) == {
        "terrain",
        "stations",
        "communes",
        "population",
        "villages",
    }
    assert all(len(entry["sha256"]) == 64 for entry in record["inputs"].values())
    assert record["prediction"]["clutter_m"] == 10.0
    assert record["prediction"]["range_km"]["5G"] == 2.0
    assert record["versions"]["phusong"] == ps.__version__
    assert str(settings_file.parent) not in job.files["record"].read_text(encoding="utf8")


def test_a_second_run_writes_the_same_bytes_levels_and_sites(job, settings_file, tmp_path):
    again = run(settings_file, tmp_path, progress=False)
    folders = job.files["record"].parent, again.files["record"].parent
    one, other = (
        {path.relative_to(of): path.read_bytes() for path in of.rglob("*.*") if path.is_file()}
        for of in folders
    )
    assert one.keys() == other.keys()
    differing = [str(name) for name in one if one[name] != other[name]]
    assert [name for name in differing if not name.endswith(".last_run")] == []
    xr.testing.assert_identical(again.coverage.data, job.coverage.data)
    pd.testing.assert_frame_equal(again.plan.sites, job.plan.sites)


def test_communes_sum_to_the_province(job):
    communes, province = job.gaps.communes, job.gaps.province
    assert communes["people"].sum() == pytest.approx(province["people"].sum(), rel=1e-9)
    assert province["people"].iloc[0] == pytest.approx(float(job.scene.people.sum()), rel=1e-9)


def changed(settings_file, tmp_path, old, new):
    text = settings_file.read_text(encoding="utf8")
    assert old in text
    inputs = f'= "{settings_file.parent.as_posix()}/'
    files = ("terrain.tif", "stations.csv", "communes.geojson", "population.tif", "targets.csv")
    for name in files:
        text = text.replace(f'= "{name}', f"{inputs}{name}")
    text = text.replace('= "villages.geojson', f"{inputs}villages.geojson")
    path = tmp_path / "changed.toml"
    path.write_text(text.replace(old, new), encoding="utf8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[scene]", "[scene]\nresolution = 5", "unknown key 'scene.resolution'"),
        ('name = "Sample province (made-up)"', "", "name is missing"),
        ("terrain.tif", "no.tif", "inputs.terrain = .*no such file"),
        ("resolution_m = 500", 'resolution_m = "fine"', "scene.resolution_m = 'fine'"),
        ("[scene]", "[scene", "is not a TOML file"),
        ("count = 2", "count = 0", "placement.count = 0"),
        ("targets_on = 2027-01-01", "", "targets needs targets_on"),
        ("targets.csv", "none.csv", "checks.targets = .*no such file"),
        ("[sources.terrain]", "[sources.clutter]", "sources.clutter: no such input.*terrain"),
        ('"CC-BY-4.0"', '"as you like"', "licence.name = 'as you like'"),
        ('operator = "Operator A" }', 'area = "no.gpkg" }', "claims.all of it.area = 'no.gpkg'"),
    ],
)
def test_a_wrong_setting_is_named(settings_file, tmp_path, old, new, said):
    with pytest.raises(InputError, match=said):
        JobSettings.open(changed(settings_file, tmp_path, old, new))


def test_all_wrong_settings_are_named_at_once(settings_file, tmp_path):
    path = changed(settings_file, tmp_path, "[scene]", "[scene]\ncolour = 1\nshape = 2")
    with pytest.raises(InputError) as caught:
        JobSettings.open(path)
    assert len(caught.value.problems) == 2


def test_a_missing_settings_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"nowhere.toml"):
        JobSettings.open(tmp_path / "nowhere.toml")


def test_a_placement_that_cannot_be_is_refused_before_the_long_work(settings_file, tmp_path):
    path = changed(settings_file, tmp_path, '"Operator A"', '"Nobody"')
    steps = []
    with pytest.raises(InputError, match=r"placement.operator = 'Nobody'.*Operator E"):
        run(path, tmp_path / "out", progress=False, say=steps.append)
    assert not any("predicting" in step for step in steps)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('operator = "Operator A" }', 'operator = "Nobody" }', "all of it.operator = 'Nobody'"),
        ('operator = "Operator A" }', 'area = ["no"] }', "no commune has the code 'no'"),
        ('technology = "3G" }', 'technology = "2G" }', "no 3G: no technology '2G'"),
        ('{ technology = "3G" }', "{ }", "no 3G: nothing goes silent"),
        ('technology = "3G" }', 'sites = ["nowhere"] }', "no 3G: no site_id 'nowhere'"),
    ],
)
def test_a_check_that_cannot_be_is_refused_before_the_long_work(
    settings_file, tmp_path, old, new, said
):
    steps = []
    with pytest.raises(InputError, match=said):
        run(
            changed(settings_file, tmp_path, old, new),
            tmp_path / "out",
            progress=False,
            say=steps.append,
        )
    assert not any("predicting" in step for step in steps)


MANY = """
[checks.claims]
unread = { technology = "4G", area = "terrain.txt" }
far = { technology = "4G", area = "far.geojson" }
points = { technology = "4G", operator = "Nobody", area = "points.geojson" }
code = { technology = "4G", area = "08707" }

[checks.switch_offs]
empty = {}
storm = { sites = ["nowhere"] }
"""


def test_all_checks_that_cannot_be_are_refused_at_once(settings_file, tmp_path):
    """With targets and an earlier run; the files of all lie beside the settings."""
    box = gpd.GeoSeries.from_wkt(["POLYGON ((0 0, 1 0, 1 1, 0 0))"], crs=4326)
    box.to_file(tmp_path / "far.geojson")
    box.representative_point().to_file(tmp_path / "points.geojson")
    (tmp_path / "terrain.txt").write_text("no areas", encoding="utf8")
    (tmp_path / "goals.csv").write_text("commune,technology\n1,4G\n", encoding="utf8")
    (tmp_path / "levels.nc").write_bytes(b"nothing")
    path = changed(settings_file, tmp_path, "[checks.claims]", "[unused]")
    text = path.read_text(encoding="utf8")
    whole, rest = text.split("[unused]")
    stations = (settings_file.parent / "stations.csv").as_posix()
    earlier = f'earlier = {{ levels = "levels.nc", stations = "{stations}" }}\n'
    targets = (settings_file.parent / "targets.csv").as_posix()
    whole = whole.replace(targets, "goals.csv") + earlier
    path.write_text(whole + MANY + rest[rest.index("[output]") :], encoding="utf8")
    with pytest.raises(InputError) as caught:
        estimate(path, tmp_path / "out")
    said = [
        "checks.targets = 'goals.csv': has no column of metric",
        "checks.targets = 'goals.csv': has no column of value",
        "checks.targets = 'goals.csv': has no column of due",
        "checks.claims.unread.area = 'terrain.txt': cannot be read as a raster",
        "checks.claims.far.area = 'far.geojson': it reaches no pixel",
        "checks.claims.points.operator = 'Nobody' is not in the stations",
        "checks.claims.points.area = 'points.geojson': 1 of its features are no areas but Point",
        "checks.claims.code.area: there is no such file: check the path; for the commune of that",
        "checks.switch_offs.empty: nothing goes silent",
        "checks.switch_offs.storm: no site_id 'nowhere'",
        "checks.earlier: not a NetCDF-4 file",
    ]
    for start, problem in zip(said, caught.value.problems, strict=True):
        assert problem.startswith(start)


def with_earlier(settings_file, name, levels, stations="stations.csv", more=""):
    """The settings with an earlier run."""
    earlier = f'earlier = {{ levels = "{levels.as_posix()}", stations = "{stations}" }}'
    text = settings_file.read_text(encoding="utf8")
    path = settings_file.with_name(name)
    path.write_text(text.replace("[checks]", f"[checks]\n{earlier}") + more, encoding="utf8")
    return path


def test_an_earlier_run_that_does_not_fit_is_refused_before_the_prediction(
    job, settings_file, tmp_path
):
    levels = job.files["levels"]
    estimate(with_earlier(settings_file, "fits.toml", levels), tmp_path)
    rows = pd.read_csv(settings_file.parent / "stations.csv", dtype=str)
    rows.iloc[1:].to_csv(settings_file.parent / "fewer.csv", index=False)
    fewer = with_earlier(settings_file, "fewer.toml", levels, "fewer.csv")
    with pytest.raises(
        InputError, match=r"checks\.earlier: it was made from another station table"
    ):
        estimate(fewer, tmp_path)
    finer = with_earlier(settings_file, "finer.toml", levels)
    text = finer.read_text(encoding="utf8")
    finer.write_text(text.replace("resolution_m = 500", "resolution_m = 400"), encoding="utf8")
    with pytest.raises(InputError, match=r"checks\.earlier: its grid is not the scene's"):
        estimate(finer, tmp_path)


def test_an_earlier_run_is_held_against_what_is_yet_to_be_predicted(job):
    profile = job.coverage.profile
    assert earlier_problems(job.coverage, job.network, ServiceSettings(), profile) == []
    only = {name: job.network.select(technologies=name) for name in ("3G", "4G")}
    before = predict(only["3G"], job.scene, service=profile, range_km={"3G": 1.0}, progress=False)
    (told,) = earlier_problems(before, only["4G"], ServiceSettings(), profile)
    assert told.startswith("it has 3G alone")
    quality = ServiceProfile.named("vn_quality")
    cells = only["3G"].cells.assign(load=[0.2, *[0.3] * (len(only["3G"].cells) - 1)])
    now = dataclasses.replace(only["3G"], cells=cells.iloc[:-1])
    service = ServiceSettings(load="load")
    (lacking,) = earlier_problems(before, now, service, quality)
    last = only["3G"].cells["cell_id"].iloc[-1]
    assert lacking.startswith(f"1 of its cells, such as {last!r}")
    same = dataclasses.replace(only["3G"], cells=cells)
    assert earlier_problems(before, same, service, quality) == []


def test_targets_that_cannot_be_read_are_refused_before_the_long_work(settings_file, tmp_path):
    goals = settings_file.parent / "goals.csv"
    goals.write_text("commune,technology\n1,4G\n", encoding="utf8")
    path = changed(settings_file, tmp_path, "targets.csv", "goals.csv")
    with pytest.raises(InputError, match="has no column of value"):
        estimate(path, tmp_path / "out")


def test_a_language_or_folder_that_cannot_be_is_refused_before_the_long_work(
    settings_file, tmp_path
):
    with pytest.raises(InputError, match="fr"):
        run(settings_file, tmp_path / "out", language="fr", progress=False)
    taken = tmp_path / "taken"
    taken.write_text("a file", encoding="utf8")
    with pytest.raises(InputError, match="cannot be made a folder"):
        run(settings_file, taken, progress=False)


def test_a_first_site_of_a_technology_needs_its_radio_parameters(settings_file, tmp_path):
    path = changed(settings_file, tmp_path, '"Operator A"', '"Operator E"')
    steps = []
    with pytest.raises(InputError, match="radio of new 5G cells of Operator E"):
        run(path, tmp_path / "out", progress=False, say=steps.append)
    assert not any("predicting" in step for step in steps)


def test_cells_and_findings_hold_no_formula(tmp_path):
    path = tmp_path / "a.csv"
    write_csv(path, pd.DataFrame({"value": ["=1+1", "plain", "@x"], "row": [1, 2, 3]}))
    assert list(pd.read_csv(path)["value"]) == ["'=1+1", "plain", "'@x"]


def test_the_cells_file_says_which_server_a_number_is(job):
    cells = pd.read_csv(job.files["cells"])
    assert list(cells["server"]) == list(range(len(cells)))
    assert list(cells["cell_id"]) == list(job.network.cells["cell_id"])
    assert set(cells["prediction_model"]) == {"p1812"}
    assert set(cells["prediction_why"]) == {"asked for"}


def phusong_command(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "phusong", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf8",
        env=os.environ | {"PYTHONUTF8": "1"},
        check=False,
        **options,
    )


def test_the_command_line_tells_an_error_in_a_few_lines(tmp_path):
    done = phusong_command("run", tmp_path / "nowhere.toml", "--output", tmp_path / "out")
    assert done.returncode == 2
    assert "nowhere.toml" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_the_command_line_tells_its_version():
    assert phusong_command("--version").stdout.split() == ["phusong", ps.__version__]


@pytest.mark.parametrize("page", ["README.md", "docs/inputs.md", "docs/outputs.md"])
def test_settings_that_the_pages_show_are_such_as_are_read(page):
    text = (Path(__file__).parents[1] / page).read_text(encoding="utf8")
    blocks = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    needed = dict.fromkeys(("terrain", "stations", "communes", "population"), "a")
    for block in blocks:
        JobSettings.model_validate({"name": "a", "inputs": needed} | tomllib.loads(block))
    assert blocks


@pytest.mark.usefixtures("shared")
def test_the_shipped_settings_for_the_real_province_are_whole():
    settings = JobSettings.open(Path(__file__).parents[1] / "data" / "vinhphuc.toml")
    assert settings.placement.operator == "Viettel"


def test_the_estimate_writes_nothing(settings_file, tmp_path):
    told = estimate(settings_file, tmp_path / "out")
    assert told.windows_to_compute == told.masts > 200
    assert not (tmp_path / "out").exists()


def test_the_command_tells_the_estimate_and_stops(settings_file, tmp_path):
    command = [sys.executable, "-m", "phusong", "run", settings_file, "-o", tmp_path, "--estimate"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Estimate\n")
    assert "path losses" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_plan_is_said_before_the_run(job, settings_file, tmp_path):
    said = []
    run(settings_file, tmp_path / "out", progress=False, say=said.append)
    (line,) = [each for each in said if each.startswith("predicting")]
    assert "of memory" in line


def test_kept_path_loss_is_pruned_by_command(tmp_path):
    store = PathLossStore(tmp_path / "path_loss")
    for key in ("ab" * 32, "cd" * 32):
        store.write(key, window_of())
    command = [sys.executable, "-m", "phusong", "prune", store.folder]
    first = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "removed 0 windows" in first.stdout
    store.finished(time.time() + 100)
    second = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "removed 2 windows" in second.stdout
    missing = subprocess.run([*command[:-1], tmp_path / "none"], capture_output=True, text=True)
    assert missing.returncode == 2
    assert "no such folder" in missing.stderr


QUALITY = """
[service]
profile = "vn_quality"
nsa = ["Operator A"]
"""


def of_quality(settings_file, name, text):
    """The settings with another service and without placement."""
    whole = settings_file.read_text(encoding="utf8")
    bare = "\n".join(
        part for part in whole.split("\n\n") if not part.startswith(("[service]", "[placement]"))
    )
    path = settings_file.with_name(name)
    path.write_text(bare + text, encoding="utf8")
    return path


def test_a_profile_of_quality_is_judged_by_the_quality(settings_file, job, tmp_path):
    path = of_quality(settings_file, "quality.toml", QUALITY)
    made = run(path, tmp_path, progress=False)
    assert made.gaps.state.attrs["load"] == 0.5
    assert made.gaps.nsa == ("Operator A",)
    assumed = pd.read_excel(made.files["workbook"], "Assumptions", engine="calamine")
    told = dict(zip(assumed["Assumption"], assumed["Value"], strict=True))
    assert told["Operators whose 5G is non-standalone"] == "Operator A"
    assert float(told["Load of the cells (0–1)"]) == 0.5
    assert [label for label in told if label.startswith("4G: Basic") and "SINR" in label]
    assert "asks for quality too" in made.files["map"].read_text(encoding="utf8")
    with rasterio.open(made.files["rasters"] / "answer_any_5G.tif") as raster:
        assert raster.tags().items() >= {"load": "0.5", "nsa": "Operator A"}.items()
    kept = ps.Quality.open(made.files["quality"], made.coverage)
    assert kept.settings.nsa == ("Operator A",)
    assert "quality" not in job.files
    assert made.gaps.served_percent("4G") <= job.gaps.served_percent("4G")


def test_what_a_service_cannot_have_is_told_before_the_prediction(settings_file, tmp_path):
    text = QUALITY.replace("Operator A", "Operator Z") + "load = 0.2\n"
    with pytest.raises(InputError) as caught:
        estimate(of_quality(settings_file, "wrong.toml", text), tmp_path)
    told = str(caught.value)
    assert "'Operator Z' has no 4G cell" in told
    assert "is for a load of 0.5: leave it out" in told
    placed = settings_file.with_name("placed.toml")
    whole = settings_file.read_text(encoding="utf8")
    placed.write_text(whole.replace("vn_default", "fcc_bdc"), encoding="utf8")
    with pytest.raises(InputError, match="new sites are judged"):
        estimate(placed, tmp_path)
