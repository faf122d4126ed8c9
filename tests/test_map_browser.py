"""The map in a real browser: does it lie where it should, and show text as text.

Leaflet and what else the page fetches is answered from ``tests/browser/node_modules``; nothing
goes to the network.
"""

import dataclasses
import io
import itertools
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pyproj
import pytest
from PIL import Image
from report_case import GRID, HOSTILE, SQUARE, make_case

from phusong import report
from phusong.gaps import find_gaps

pytestmark = pytest.mark.browser

PACKAGES = Path(__file__).parent / "browser" / "node_modules"
LOCAL = {
    r"/leaflet@1\.9\.3/(.+)": "leaflet/{}",
    r"/leaflet\.control\.layers\.tree@1\.1\.0/(.+)": "leaflet.control.layers.tree/{}",
    r"/leaflet\.markercluster/1\.1\.0/(.+)": "leaflet.markercluster/dist/{}",
    r"/jquery-3\.7\.1(.+)": "jquery/dist/jquery{}",
    r"/leaflet\.fullscreen@3\.0\.0/(.+)": "leaflet.fullscreen/{}",
}
MAP = "window[Object.keys(window).find(name => name.startsWith('map_'))]"
OVER_RASTERS = ["communes", "deadSpots", "villages", "sites", "markerPane"]
GOOD = np.array([0x21, 0x66, 0xAC])


def one_pixel_png():
    file = io.BytesIO()
    Image.new("RGB", (1, 1), "#e8e4da").save(file, "PNG")
    return file.getvalue()


def answer(route, unserved, tile):
    """Answer a request of the page from the packages; scripts that are not there are noted."""
    url = route.request.url
    for pattern, place in LOCAL.items():
        if found := re.search(pattern, url):
            path = PACKAGES / place.format(found[1])
            if not path.is_file():  # some hosts make the .min files themselves
                path = path.with_name(path.name.replace(".min.", "."))
            return route.fulfill(path=path)
    kind = route.request.resource_type
    if kind == "image":
        return route.fulfill(body=tile, content_type="image/png")
    if kind == "script":
        unserved.append(url)
    return route.fulfill(body="", content_type="text/css")


@pytest.fixture(scope="module")
def browser():
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("there is no chromium: apt-get install chromium")
    if not PACKAGES.is_dir():
        pytest.skip("Leaflet is not there: npm ci --prefix tests/browser")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield opened
        opened.close()


class Opened:
    """A map in a page, and what went wrong in it."""

    def __init__(self, browser, path, width=1280, height=800):
        self.errors, self.dialogs, self.unserved, self.asked = [], [], [], []
        self.tile = one_pixel_png()
        self.page = browser.new_page(viewport={"width": width, "height": height})
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("dialog", self.note_dialog)
        self.page.route(re.compile("^(https?|wss?):"), self.answer)
        self.page.goto(path.as_uri())
        self.page.wait_for_function(f"{MAP}._loaded")

    def answer(self, route):
        self.asked.append(route.request.url)
        answer(route, self.unserved, self.tile)

    def note_dialog(self, dialog):
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def js(self, code):
        return self.page.evaluate(code.replace("MAP", MAP))

    def pixels(self):
        self.page.wait_for_timeout(300)  # Leaflet fades and moves things in
        self.page.wait_for_function(
            "[...document.querySelectorAll('canvas.leaflet-image-layer')]"
            ".every(canvas => canvas.dataset.painted)"
        )
        shot = Image.open(io.BytesIO(self.page.screenshot()))
        return np.asarray(shot.convert("RGB")).astype(int)

    def on_screen(self, x, y):
        """Screen place (px) of a point of the grid, by Leaflet."""
        to_degrees = pyproj.Transformer.from_crs(GRID.crs.proj, 4326, always_xy=True)
        longitude, latitude = to_degrees.transform(x, y)
        place = self.js(f"(() => MAP.latLngToContainerPoint([{latitude}, {longitude}]))()")
        return place["x"], place["y"]

    def only_boxes_left(self):
        """Hide what lies over a raster, but for the controls."""
        self.js(
            f"(() => {{ for (const name of {OVER_RASTERS})"
            " MAP.getPane(name).style.display = 'none'; })()"
        )

    def only_rasters(self):
        """Hide everything that could lie over a raster."""
        self.only_boxes_left()
        self.js(
            "document.querySelectorAll('.leaflet-control, .phusong-title').forEach("
            "box => box.remove())"
        )


def with_more(case):
    """The gaps after a change: Alpha's 4G is good in the east."""
    level = case.coverage["level_dbm"].copy()
    level.loc[{"operator": case.coverage.operators[0], "technology": "4G"}][:, 30:] = -70.0
    coverage = dataclasses.replace(case.coverage, data=case.coverage.data.assign(level_dbm=level))
    return find_gaps(coverage, min_area_km2=0.0)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps")
    for name, case in {"plain": make_case(), "hostile": make_case(HOSTILE, HOSTILE[:2])}.items():
        plan = dataclasses.replace(case.plan, sites=case.plan.sites.assign(year=[2026, 2027]))
        page = report.map(
            case.coverage,
            case.gaps,
            plan,
            after={2026: with_more(case)},
            name=case.gaps.communes["name"].iloc[0],
            language="vi",
        )
        page.save(folder / f"{name}.html")
        if name == "plain" and PACKAGES.is_dir():
            page.save(folder / "offline.html", offline=True, assets=PACKAGES)
    return folder


@pytest.fixture
def opened(browser, pages):
    shown = Opened(browser, pages / "plain.html")
    yield shown
    shown.page.close()


def test_the_page_opens_without_errors(opened):
    opened.pixels()
    assert (opened.errors, opened.dialogs, opened.unserved) == ([], [], [])
    assert opened.asked


def test_the_offline_page_asks_for_nothing(browser, pages):
    shown = Opened(browser, pages / "offline.html")
    pixels = shown.pixels()
    assert (shown.errors, shown.dialogs, shown.asked) == ([], [], [])
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 50  # the terrain is drawn
    labels = shown.page.locator(".leaflet-control-layers-base").text_content()
    assert "Bóng địa hình" in labels
    assert "OpenStreetMap" not in labels
    shown.js("(() => { L.marker(MAP.getCenter()).addTo(MAP); })()")  # its icon is in the page too
    shown.pixels()
    assert shown.js("document.querySelector('img.leaflet-marker-icon').naturalWidth") == 25
    shown.page.locator(".leaflet-layerstree-header", has_text="Trạm hiện có").first.click()
    shown.page.locator("label", has_text="Beta").last.click()
    shown.js("(() => { MAP.setZoom(11, {animate: false}); })()")
    shown.page.locator(".marker-cluster").wait_for()
    assert (shown.errors, shown.asked) == ([], [])
    shown.page.close()


@pytest.mark.parametrize("zoom", [12, 13, 14])
def test_the_overlay_lies_where_it_should(opened, zoom):
    """The one good square, found by its colour, against Leaflet's place for its corners."""
    rows, columns = SQUARE
    west, north = GRID.affine @ (columns.start, rows.start)
    east, south = GRID.affine @ (columns.stop, rows.stop)
    corners = [(west, north), (east, north), (east, south), (west, south)]
    opened.only_rasters()
    opened.js(f"(() => {{ MAP.setZoom({zoom}, {{animate: false}}); }})()")
    picture = opened.pixels()
    blue = np.argwhere(picture[..., 2] - picture[..., 0] > 40)[:, ::-1]
    expected = np.array([opened.on_screen(*corner) for corner in corners])
    assert np.abs(blue.mean(axis=0) + 0.5 - expected.mean(axis=0)).max() < 2
    assert np.abs(blue.min(axis=0) - expected.min(axis=0)).max() < 2
    assert np.abs(blue.max(axis=0) + 1 - expected.max(axis=0)).max() < 2


def test_choosing_another_layer_redraws_the_map(opened):
    """4G is good in one square only, 3G everywhere."""
    before = opened.pixels()
    opened.page.locator(".leaflet-layerstree-header", has_text=re.compile("^▸▾.3G$")).first.click()
    opened.page.locator("label", has_text="Bất kỳ nhà mạng nào").first.click()
    after = opened.pixels()
    at = [round(value) for value in opened.on_screen(*(GRID.affine @ (10, 10)))]
    here = (slice(at[1] - 2, at[1] + 3), slice(at[0] - 2, at[0] + 3))
    background = np.array([0xE8, 0xE4, 0xDA])
    assert np.abs(after[here] - (0.65 * GOOD + 0.35 * background)).max() < 8
    assert np.abs(after[here] - before[here]).max() > 60
    opened.page.locator("label", has_text="Không vẽ lớp phủ sóng").click()
    assert np.abs(opened.pixels()[here] - background).max() < 8


def test_the_answers_are_a_layer_of_their_own(opened):
    """Weak by its level, the land around the good square of 4G cannot be said to be unserved."""
    group = opened.page.locator(".leaflet-layerstree-node", has_text="Kết luận có dịch vụ").last
    group.locator(".leaflet-layerstree-header", has_text="Kết luận").first.click()
    group.locator(".leaflet-layerstree-header", has_text=re.compile("^▸▾.4G$")).click()
    group.locator("label:visible", has_text="Bất kỳ nhà mạng nào").click()
    shot = opened.pixels()
    x, y = (round(value) for value in opened.on_screen(*(GRID.affine @ (10.5, 10.5))))
    pale, background = np.array([0xF7, 0xF7, 0xC4]), np.array([0xE8, 0xE4, 0xDA])
    assert np.abs(shot[y, x] - (0.65 * pale + 0.35 * background)).max() < 8
    legend = opened.page.locator(".phusong-legend").inner_text()
    assert re.search(r"Được phục vụ\s+Chưa thể kết luận\s+Không được phục vụ", legend)


def test_the_popup_of_a_commune_tells_its_numbers_and_the_pixels(opened):
    opened.page.locator("label", has_text=re.compile(r"^ ?4G \(1\)")).click()  # dead spots off
    x, y = opened.on_screen(*(GRID.affine @ (30, 40)))
    opened.page.mouse.click(x, y)
    popup = opened.page.locator(".leaflet-popup-content")
    popup.locator(".phusong-here").wait_for()
    text = popup.inner_text()
    assert "Xã Hợp Lý" in text
    assert re.search(r"Diện tích \(km²\)\s+10,0", text)
    assert re.search(r"Dân số \(người\)\s+2\.000", text)
    assert re.search(r"Bất kỳ nhà mạng nào\s+100,0\s+0,9\b", text)
    assert re.search(r"Beta\s+\S+\s+0,0\b", text)
    here = text[text.index("Tại điểm này") :]
    assert re.search(
        r"Alpha\s+Lõm sóng \(sóng yếu\)\s+Chưa thể kết luận\s+−107\s+84 %\s+Alpha-0-3G", here
    )
    opened.page.locator(".phusong-here summary", has_text="3G").click()
    assert re.search(r"Beta.*−\d+", popup.locator(".phusong-here").inner_text())


def test_a_click_tells_the_pixel_that_is_clicked(opened):
    """Each side of the border of the good square, to a third of a pixel."""
    opened.only_rasters()
    opened.js("(() => { MAP.setZoom(15, {animate: false}); })()")
    rows, columns = SQUARE
    for column, state in ((columns.start - 0.33, "Lõm"), (columns.start + 0.33, "Tốt")):
        x, y = GRID.affine @ (column, rows.start + 1.5)
        to_degrees = pyproj.Transformer.from_crs(GRID.crs.proj, 4326, always_xy=True)
        longitude, latitude = to_degrees.transform(x, y)
        values = opened.js(f"phusong.valuesAt(L.latLng({latitude}, {longitude}))")
        of_state = next(
            value["text"]
            for value in values
            if (value["raster"]["scale"], value["raster"]["technology"]) == ("state", "4G")
            and value["raster"]["operator"] == "Alpha"
        )
        assert of_state.startswith(state)


def test_search_finds_names_without_accents(opened):
    search = opened.page.locator(".phusong-search input")
    search.fill("hop ly")
    opened.page.locator(".phusong-matches button", has_text="Xã Hợp Lý").click()
    popup = opened.page.locator(".leaflet-popup-content")
    popup.wait_for()
    assert "Xã Hợp Lý" in popup.inner_text()
    search.fill("beta-1")
    search.press("Enter")
    opened.page.locator(".leaflet-popup-content h4", has_text="Beta-1").wait_for()
    assert opened.js("MAP.getZoom()") == 15


def colour_at(opened, x, y):
    column, row = (round(value) for value in opened.on_screen(x, y))
    return opened.pixels()[row, column]


def test_before_and_after_lie_left_and_right_of_the_line(opened):
    """The east is good with the plan: seen right of the line, and before only left of it."""
    opened.only_boxes_left()
    place = GRID.affine @ (45.5, 30.5)
    weak = colour_at(opened, *place)
    opened.js("document.querySelector('[title=\"So sánh trước và sau\"]').click()")
    good = colour_at(opened, *place)
    assert weak[0] - weak[2] > 40  # orange
    assert good[2] - good[0] > 40  # blue
    divider = opened.page.locator(".phusong-divider")
    box = divider.bounding_box()
    assert "Sau 2026" in divider.inner_text()
    opened.page.mouse.move(box["x"] + 2, 700)
    opened.page.mouse.down()
    opened.page.mouse.move(1200, 700)
    opened.page.mouse.up()
    assert np.abs(colour_at(opened, *place) - weak).max() < 8


def test_the_years_slider_shows_sites_up_to_a_year(opened):
    assert opened.page.locator(".phusong-rank").count() == 2
    opened.page.locator(".phusong-years input").fill("0")
    assert opened.page.locator(".phusong-rank").count() == 1
    assert "2026" in opened.page.locator(".phusong-years").inner_text()


def test_opacity_is_that_of_the_slider(opened):
    place = GRID.affine @ (45.5, 30.5)
    opened.page.locator(".phusong-opacity input").fill("0")
    opened.only_rasters()
    background = np.array([0xE8, 0xE4, 0xDA])
    assert np.abs(colour_at(opened, *place) - background).max() < 3


def test_measuring_tells_lengths_and_areas(opened):
    opened.js("document.querySelector('[title=\"Đo khoảng cách và diện tích\"]').click()")
    corners = [GRID.affine @ corner for corner in ((10, 10), (30, 10), (30, 30))]
    for corner in corners:
        opened.page.mouse.click(*opened.on_screen(*corner))
    told = opened.page.locator(".phusong-measured").inner_text()
    length_km, area_km2 = (float(part.replace(",", ".")) for part in re.findall(r"\d+,\d+", told))
    assert length_km == pytest.approx(4.0, rel=0.03)  # a screen pixel is some 15 m
    assert area_km2 == pytest.approx(2.0, rel=0.05)
    assert opened.page.locator(".leaflet-popup").count() == 0


def test_every_raster_is_drawn_with_a_legend_of_its_own(opened):
    units = {"Mức tín hiệu": "dBm", "Xác suất": "%", "Trạm phục vụ tốt nhất": "mã trạm"}
    for group, unit in units.items():
        node = opened.page.locator(".leaflet-layerstree-node", has_text=group).last
        node.locator(".leaflet-layerstree-header", has_text=group).first.click()
        node.locator(".leaflet-layerstree-header", has_text=re.compile("4G")).first.click()
        before = opened.pixels()
        node.locator("label:visible", has_text="Alpha").first.click()
        assert np.abs(opened.pixels() - before).max() > 40
        legend = opened.page.locator(".phusong-legend").inner_text()
        assert "4G · Alpha" in legend
        assert unit in legend
    assert opened.errors == []


def test_the_popup_of_a_proposed_site_tells_its_gain(opened):
    opened.page.locator(".phusong-rank", has_text="2").click()
    text = opened.page.locator(".leaflet-popup-content").inner_text()
    assert "Trạm đề xuất số 2" in text
    assert re.search(r"Thuê cột của\s+không có", text)
    assert re.search(r"Dân được phục vụ thêm \(người\)\s+734", text)
    assert re.search(r"Cộng dồn theo kế hoạch \(người\)\s+2\.234", text)


def test_existing_sites_gather_in_clusters(opened):
    opened.page.locator(".leaflet-layerstree-header", has_text="Trạm hiện có").first.click()
    opened.page.locator("label", has_text="Beta").last.click()
    opened.js("(() => { MAP.setZoom(11, {animate: false}); })()")
    opened.page.locator(".marker-cluster").wait_for()
    assert opened.page.locator(".marker-cluster").inner_text().strip() == "3"


def overlap(one, other):
    return (
        min(one["x"] + one["width"], other["x"] + other["width"]) > max(one["x"], other["x"])
    ) and (min(one["y"] + one["height"], other["y"] + other["height"]) > max(one["y"], other["y"]))


def test_on_a_phone_nothing_lies_over_anything_else(browser, pages):
    shown = Opened(browser, pages / "plain.html", 390, 780)
    boxes = [".phusong-legend", ".leaflet-control-layers", ".phusong-title", ".phusong-search"]
    places = [shown.page.locator(name).bounding_box() for name in boxes]
    assert not any(overlap(a, b) for a, b in itertools.combinations(places, 2))
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= 390
    details = shown.page.locator(".phusong-legend details")
    shown.page.locator(".phusong-legend summary").click()
    assert details.get_attribute("open") is not None
    layers = shown.page.locator(".leaflet-control-layers")
    assert not overlap(shown.page.locator(".phusong-legend").bounding_box(), layers.bounding_box())
    box = layers.bounding_box()
    shown.page.mouse.move(box["x"] + 20, box["y"] + 20)
    shown.page.wait_for_timeout(200)
    assert "leaflet-control-layers-expanded" in layers.get_attribute("class")
    assert details.get_attribute("open") is None
    assert not overlap(shown.page.locator(".phusong-legend").bounding_box(), layers.bounding_box())
    shown.page.mouse.move(300, 600)
    shown.page.locator(".phusong-rank", has_text="1").click()
    popup = shown.page.locator(".leaflet-popup").bounding_box()
    assert popup["x"] >= 0
    assert popup["x"] + popup["width"] <= 390
    assert not shown.page.locator(".phusong-search").is_visible()
    assert shown.errors == []
    shown.page.close()


OPEN_ALL_POPUPS = """(() => {
    const texts = [];
    function visit(layer) {
        if (layer.getPopup && layer.getPopup()) {
            layer.openPopup(MAP.getCenter());
            const shown = document.querySelector(".leaflet-popup-content");
            if (shown) texts.push(shown.innerText);
        }
        if (layer.feature && layer.feature.properties.shares) {
            MAP.openPopup(phusong.scorecard(layer.feature.properties), MAP.getCenter());
            texts.push(document.querySelector(".leaflet-popup-content").innerText);
        }
        if (layer.getTooltip && layer.getTooltip()) {
            layer.openTooltip(MAP.getCenter());
            texts.push(document.querySelector(".leaflet-tooltip").innerText);
            layer.closeTooltip();
        }
        if (layer.eachLayer) layer.eachLayer(visit);
    }
    MAP.eachLayer(visit);
    return texts;
})()"""


def test_names_from_files_show_as_text_and_run_nothing(browser, pages):
    """Every layer is switched on, and every popup and tooltip opened."""
    shown = Opened(browser, pages / "hostile.html")
    inputs = shown.page.locator(".leaflet-control-layers-overlays input")
    texts = []
    for place in range(inputs.count()):
        inputs.nth(place).dispatch_event("click")
        texts += shown.js(OPEN_ALL_POPUPS)
    search = shown.page.locator(".phusong-search input")
    for asked in ("alert", "img", "7*7"):
        search.fill(asked)
        texts.append(shown.page.locator(".phusong-matches").inner_text())
    texts.append(shown.page.locator(".phusong-title").inner_text())
    assert HOSTILE[0] in texts[-1]
    place = GRID.affine @ (10.5, 10.5)
    shown.page.mouse.click(*shown.on_screen(*place))
    shown.page.locator(".phusong-here").wait_for()
    texts.append(shown.page.locator(".phusong-here").inner_text())
    assert HOSTILE[0] in texts[-1]
    shown.pixels()
    assert (shown.errors, shown.dialogs, shown.unserved) == ([], [], [])
    assert shown.page.locator("img[src='x']").count() == 0
    for name in HOSTILE:
        assert any(name in text for text in texts), name
    labels = shown.page.locator(".leaflet-control-layers").inner_text()
    shown.page.locator(".leaflet-layerstree-closed:visible").first.click()
    for name in HOSTILE[:2]:
        assert name in shown.page.locator(".leaflet-control-layers").text_content(), labels
    shown.page.close()
