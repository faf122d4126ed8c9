"""Fetching public data from a server of this machine: joining, cutting, going on, refusing."""

import http.server
import json
import re
import threading
import tomllib
from functools import partial

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from rasterio.transform import from_origin
from shapely.geometry import box

from phusong.errors import InputError
from phusong.fetching import Area, Offer, fetch, offers
from phusong.fetching import fetching as door
from phusong.fetching.downloads import NotThereError, download

AREA = Area(105.9, 21.4, 106.1, 21.6)


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, parts of files too, and breaks off where it is told."""

    def do_GET(self):
        server = self.server
        server.asked.append((self.path, self.headers.get("Range")))
        file = server.folder / self.path.lstrip("/")
        if not file.is_file():
            self.send_error(404)
            return
        content = file.read_bytes()
        start = int(re.findall(r"\d+", self.headers.get("Range", "bytes=0-"))[0])
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        end = server.breaks_off_at.pop(self.path, len(content))
        self.wfile.write(content[start:end])

    def log_message(self, *_):
        pass


@pytest.fixture
def server(tmp_path):
    folder = tmp_path / "served"
    folder.mkdir()
    handler = partial(_Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        running.folder, running.asked, running.breaks_off_at = folder, [], {}
        running.address = f"http://127.0.0.1:{running.server_address[1]}"
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def _write_tile(path, lat, lon, value, dtype="float32"):
    profile = {
        "driver": "GTiff",
        "height": 100,
        "width": 100,
        "count": 1,
        "dtype": dtype,
        "crs": "EPSG:4326",
        "transform": from_origin(lon, lat + 1, 0.01, 0.01),
    }
    with rasterio.open(path, "w", **profile) as out:
        out.write(np.full((1, 100, 100), value, dtype=dtype))


@pytest.fixture
def offered(server, monkeypatch):
    """Offers like the real ones, of which the server has what the tests put there."""
    made = {
        "land": Offer(
            "land", "terrain", 1, f"{server.address}/{{ns}}{{lat:02d}}{{ew}}{{lon:03d}}.tif",
            0.0, "Land", "CC-BY-4.0", "https://example.org/land",
        ),
        "people": Offer(
            "people", "population", None, f"{server.address}/{{country}}.tif", None, "People",
            'a "quoted" licence', "https://example.org/people",
        ),
        "borders": Offer(
            "borders", "communes", None, f"{server.address}/{{COUNTRY}}.json", None, "Borders",
            "ODbL", "https://example.org/borders",
        ),
    }  # fmt: skip
    monkeypatch.setattr(door, "offer_named", made.__getitem__)
    return made


def test_tiles_are_joined_and_cut_and_the_sea_is_flat(server, offered, tmp_path):
    assert set(offered) == {"land", "people", "borders"}
    _write_tile(server.folder / "N21E105.tif", 21, 105, 7.0)  # that of 106 degrees is missing
    got = fetch(AREA, tmp_path / "out", wanted=["land"], cache=tmp_path / "c", progress=False)
    with rasterio.open(got.files["terrain"]) as raster:
        assert raster.bounds == pytest.approx(AREA.bounds)
        assert raster.nodata is None
        values = raster.read(1)
    assert values.shape == (20, 20)
    assert (values[:, :10] == 7.0).all()
    assert (values[:, 10:] == 0.0).all()
    assert got.missing == (f"{server.address}/N21E106.tif",)
    assert "N21E106" in repr(got)


def test_the_settings_file_names_what_was_fetched_and_whose_it_is(server, offered, tmp_path):
    del offered
    _write_tile(server.folder / "N21E105.tif", 21, 105, 7.0)
    _write_tile(server.folder / "vnm.tif", 21, 105.5, 3.0)
    shapes = [box(105.92, 21.42, 105.98, 21.5), box(100.0, 10.0, 101.0, 11.0)]
    names = {"name": ["Xã trong", "Xã ngoài"]}
    gpd.GeoDataFrame(names, geometry=shapes, crs="EPSG:4326").to_file(
        server.folder / "b.geojson", driver="GeoJSON"
    )
    answer = json.dumps({"gjDownloadURL": f"{server.address}/b.geojson"})
    (server.folder / "VNM.json").write_text(answer)
    wanted = ["land", "people", "borders"]
    got = fetch(AREA, tmp_path / "out", wanted=wanted, cache=tmp_path / "c", progress=False)
    settings = tomllib.loads(got.settings.read_text("utf8"))
    assert set(settings["inputs"]) == {"stations", "terrain", "population", "communes"}
    assert settings["sources"]["population"]["licence"] == 'a "quoted" licence'
    assert gpd.read_file(got.files["communes"])["name"].tolist() == ["Xã trong"]
    again = len(server.asked)
    fetch(AREA, tmp_path / "out2", wanted=wanted, cache=tmp_path / "c", progress=False)
    only_the_missing_tile = {path for path, _ in server.asked[again:]}
    assert only_the_missing_tile == {"/N21E106.tif"}


def test_a_file_that_was_cut_off_goes_on(server, tmp_path):
    content = bytes(range(256)) * 40
    (server.folder / "a.bin").write_bytes(content)
    server.breaks_off_at["/a.bin"] = 1000
    address = f"{server.address}/a.bin"
    with pytest.raises(InputError, match="try again"):
        download(address, tmp_path, progress=False)
    assert download(address, tmp_path, progress=False).read_bytes() == content
    assert server.asked[-1][1] == "bytes=1000-"
    asked = len(server.asked)
    download(address, tmp_path, progress=False)
    assert len(server.asked) == asked


def test_what_is_not_there_is_told_apart_from_what_cannot_be_reached(server, tmp_path):
    with pytest.raises(NotThereError):
        download(f"{server.address}/none", tmp_path, progress=False)
    with pytest.raises(InputError, match="cannot be fetched"):
        download("http://127.0.0.1:9/none", tmp_path, progress=False)
    with pytest.raises(InputError, match="no address of the web"):
        download("file:///etc/hosts", tmp_path, progress=False)


def test_an_area_without_a_tile_is_refused(offered, tmp_path):
    del offered
    with pytest.raises(InputError, match="no file of it is there"):
        fetch(AREA, tmp_path, wanted=["land"], cache=tmp_path / "c", progress=False)


def test_what_is_no_raster_leaves_no_file(server, offered, tmp_path):
    del offered
    (server.folder / "N21E105.tif").write_text("<html>")
    with pytest.raises(InputError, match="is no raster"):
        fetch(AREA, tmp_path / "out", wanted=["land"], cache=tmp_path / "c", progress=False)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [("1,2,3", "WEST,SOUTH"), ("3,0,1,1", "west below east"), ("0,1,1,0", "south below north")],
)
def test_areas_that_are_none_are_refused(text, said):
    with pytest.raises(InputError, match=said):
        Area.parse(text)


def test_wishes_that_cannot_be_met_are_refused_together(tmp_path):
    wanted = ["copernicus_30m", "copernicus_90m"]
    with pytest.raises(InputError) as refused:
        fetch(AREA, tmp_path, wanted=wanted, country="Vietnam", progress=False)
    assert len(refused.value.problems) == 2
    with pytest.raises(InputError, match="there are: copernicus_30m"):
        fetch(AREA, tmp_path, wanted=["srtm"], progress=False)


@given(st.floats(-179, 178), st.floats(-89, 88), st.floats(0.001, 1.0), st.sampled_from([1, 3]))
def test_the_tiles_hold_the_whole_area(west, south, size, tile):
    area = Area(west, south, west + size, south + size)
    corners = list(area.tiles(tile))
    assert len(set(corners)) == len(corners)
    for lat, lon in [(south, west), (south, area.east), (area.north, west)]:
        assert any(a <= lat <= a + tile and o <= lon <= o + tile for a, o in corners)


def test_every_offer_can_be_written_out():
    for offer in offers():
        addresses = list(offer.addresses(Area(105.2, 21.1, 105.8, 21.6), "VNM"))
        assert len(addresses) == 1
        assert "{" not in addresses[0]
        assert "" not in (offer.title, offer.licence, offer.page)
    south_west = next(iter(offers())).addresses(Area(-70.5, -33.5, -70.2, -33.2), "CHL")
    assert "S34_00_W071_00" in next(iter(south_west))
