"""The map in a real browser: does it lie where it should, and show text as text.

Leaflet and what else the page fetches is answered from ``tests/browser/node_modules``; nothing
goes to the network.
"""

import io
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

pytestmark = pytest.mark.browser

PACKAGES = Path(__file__).parent / "browser" / "node_modules"
LOCAL = {
    r"/leaflet@1\.9\.3/(.+)": "leaflet/{}",
    r"/leaflet\.control\.layers\.tree@1\.1\.0/(.+)": "leaflet.control.layers.tree/{}",
    r"/bootstrap@5\.2\.2/(.+)": "bootstrap/{}",
    r"/leaflet\.markercluster/1\.1\.0/(.+)": "leaflet.markercluster/dist/{}",
    r"/Leaflet\.awesome-markers/2\.0\.2/(.+)": "leaflet.awesome-markers/dist/{}",
    r"/jquery-3\.7\.1(.+)": "jquery/dist/jquery{}",
}
MAP = "window[Object.keys(window).find(name => name.startsWith('map_'))]"
GOOD = np.array([0x21, 0x66, 0xAC])


def one_pixel_png():
    file = io.BytesIO()
    Image.new("RGB", (1, 1), "#e8e4da").save(file, "PNG")
    return file.getvalue()


def answer(route, unserved):
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
        return route.fulfill(body=one_pixel_png(), content_type="image/png")
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
        self.errors, self.dialogs, self.unserved = [], [], []
        self.page = browser.new_page(viewport={"width": width, "height": height})
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("dialog", self.note_dialog)
        self.page.route(re.compile("^https?:"), lambda route: answer(route, self.unserved))
        self.page.goto(path.as_uri())
        self.page.wait_for_function(f"{MAP}._loaded")

    def note_dialog(self, dialog):
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def js(self, code):
        return self.page.evaluate(code.replace("MAP", MAP))

    def pixels(self):
        self.page.wait_for_timeout(300)  # Leaflet fades and moves things in
        shot = Image.open(io.BytesIO(self.page.screenshot()))
        return np.asarray(shot.convert("RGB")).astype(int)

    def on_screen(self, x, y):
        """Screen place (px) of a point of the grid, by Leaflet."""
        to_degrees = pyproj.Transformer.from_crs(GRID.crs.proj, 4326, always_xy=True)
        longitude, latitude = to_degrees.transform(x, y)
        place = self.js(f"(() => MAP.latLngToContainerPoint([{latitude}, {longitude}]))()")
        return place["x"], place["y"]

    def only_rasters(self):
        """Hide everything that could lie over a raster."""
        self.js(
            "(() => { for (const name of ['communes', 'dead_spots', 'villages', 'markerPane'])"
            " MAP.getPane(name).style.display = 'none';"
            " document.querySelectorAll('.leaflet-control').forEach(box => box.remove()); })()"
        )


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps")
    for name, case in {"plain": make_case(), "hostile": make_case(HOSTILE, HOSTILE[:2])}.items():
        report.map(case.coverage, case.gaps, case.plan, language="vi").save(folder / f"{name}.html")
    return folder


@pytest.fixture
def opened(browser, pages):
    shown = Opened(browser, pages / "plain.html")
    yield shown
    shown.page.close()


def test_the_page_opens_without_errors(opened):
    opened.pixels()
    assert (opened.errors, opened.dialogs, opened.unserved) == ([], [], [])


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


def test_the_popup_of_a_commune_tells_its_numbers(opened):
    opened.page.locator("label", has_text=re.compile(r"4G \(1\)")).click()  # dead spots off
    x, y = opened.on_screen(*(GRID.affine @ (30, 40)))
    opened.page.mouse.click(x, y)
    popup = opened.page.locator(".leaflet-popup-content")
    popup.wait_for()
    text = popup.inner_text()
    assert "Xã Hợp Lý" in text
    assert re.search(r"Diện tích \(km²\)\s+10,0", text)
    assert re.search(r"Dân số \(người\)\s+2\.000", text)
    assert re.search(r"Bất kỳ nhà mạng nào\s+100,0\s+0,9\b", text)
    assert re.search(r"Beta\s+\S+\s+0,0\b", text)


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


def test_on_a_small_screen_legend_and_layers_are_folded(browser, pages):
    shown = Opened(browser, pages / "plain.html", 400, 700)
    assert shown.page.locator(".phusong-legend details[open]").count() == 0
    assert shown.page.locator(".leaflet-control-layers-expanded").count() == 0
    shown.page.close()


OPEN_ALL_POPUPS = """(() => {
    const texts = [];
    function visit(layer) {
        if (layer.getPopup && layer.getPopup()) {
            MAP.openPopup(layer.getPopup(), MAP.getCenter());
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
