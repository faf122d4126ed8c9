"""Scripts and styles of others: where a page takes them from, and what it says without them."""

import base64
import functools
import hashlib
import http.server
import re
import threading
from pathlib import Path

import pytest
from report_case import make_case

from phusong import report
from phusong.errors import InputError
from phusong.report import map_assets
from phusong.report.map_assets import Asset, Shelf, inlined, known_assets

CONTENT = {
    "leaflet@1.9.3/dist/leaflet.js": b'var L = "</script>";\n//# sourceMappingURL=leaflet.js.map\n',
    "leaflet@1.9.3/dist/leaflet.css": b".a { background: url(images/layers.png); b: url(#b); }",
    "leaflet@1.9.3/dist/images/layers.png": b"\x89PNG",
    "leaflet@1.9.3/dist/images/marker-icon.png": b"icon",
    "leaflet@1.9.3/LICENSE": b"Redistribution -- with this notice",
}
PAGE = (
    '<head><script src="http://cdn/npm/leaflet@1.9.3/dist/leaflet.js"></script>'
    '<link rel="stylesheet" href="http://cdn/npm/leaflet@1.9.3/dist/leaflet.css"/></head>'
)


@pytest.fixture
def small(monkeypatch):
    """A table of assets whose contents are those above."""
    table = []
    for name, content in CONTENT.items():
        file = name.partition("/")[2]
        address = name if file.endswith((".js", ".css")) else ""
        digest = hashlib.sha256(content).hexdigest()
        table.append(Asset(address, "leaflet", "1.9.3", file, digest, "BSD-2-Clause"))
    monkeypatch.setattr(map_assets, "known_assets", lambda: tuple(table))
    return table


def written(folder, start):
    for name, content in CONTENT.items():
        path = folder / name.replace(*start)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


@pytest.fixture
def packages(tmp_path):
    return written(tmp_path / "node_modules", ("leaflet@1.9.3", "leaflet"))


@pytest.fixture
def server(tmp_path):
    """A server of npm packages on this machine; its list of what it was asked for."""
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, form, *values):
            asked.append(self.path)

    folder = written(tmp_path / "served", ("leaflet@", "leaflet@"))
    handler = functools.partial(Handler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/", asked, folder
        running.shutdown()
        thread.join()


def test_a_page_takes_all_into_itself(small, packages, tmp_path):
    page = inlined(PAGE, shelf=Shelf(packages, tmp_path / "cache", "http://127.0.0.1:9/"))
    assert "http://cdn" not in page
    assert "sourceMappingURL" not in page
    assert 'var L = "<\\/script>";' in page
    picture = base64.b64encode(b"\x89PNG").decode()
    assert f"url(data:image/png;base64,{picture})" in page
    assert "url(#b)" in page
    assert base64.b64encode(b"icon").decode() in page
    assert "leaflet 1.9.3 (BSD-2-Clause)\n\nRedistribution - - with this notice" in page


def test_what_was_downloaded_is_kept(small, server, tmp_path):
    source, asked, _ = server
    for _ in range(2):
        page = inlined(PAGE, shelf=Shelf(None, tmp_path / "cache", source))
        assert "var L" in page
    assert sorted(asked) == sorted(f"/{name}" for name in CONTENT)
    spoilt = tmp_path / "cache" / "leaflet" / "1.9.3" / "dist" / "leaflet.js"
    spoilt.write_bytes(b"other")
    assert "var L" in inlined(PAGE, shelf=Shelf(None, tmp_path / "cache", source))
    assert len(asked) == len(CONTENT) + 1


def test_another_file_than_is_known_is_not_taken(small, server, packages, tmp_path):
    source, _, served = server
    for path in (served / "leaflet@1.9.3", packages / "leaflet"):
        (path / "dist" / "leaflet.js").write_bytes(b"var evil;")
    with pytest.raises(InputError, match="another version") as caught:
        inlined(PAGE, shelf=Shelf(packages, tmp_path / "cache", source))
    assert "gave another file" in str(caught.value)
    assert not (tmp_path / "cache" / "leaflet" / "1.9.3" / "dist" / "leaflet.js").exists()


def test_without_any_all_are_named_with_the_mend(small, tmp_path, monkeypatch):
    monkeypatch.setenv(map_assets.ASSETS_VARIABLE, str(tmp_path / "nowhere"))
    page = PAGE + '<script src="http://cdn/other.js"></script>'
    with pytest.raises(InputError) as caught:
        inlined(page, shelf=Shelf(None, tmp_path / "cache", "http://127.0.0.1:9/"))
    told = str(caught.value)
    assert all(name in told for name in CONTENT)
    assert "http://cdn/other.js" in told
    assert "nowhere" in told
    assert "npm install leaflet@1.9.3" in told
    assert "PHUSONG_MAP_ASSETS" in told


def test_every_script_and_style_of_a_map_is_known():
    case = make_case()
    html = report.map(case.coverage, case.gaps, case.plan).html()
    addresses = re.findall(r'(?:<script src|rel="stylesheet" href)="([^"]+)"', html)
    assert len(addresses) >= 8
    for address in addresses:
        assert any(each.address and address.endswith(each.address) for each in known_assets())


def test_known_assets_are_those_of_the_packages_that_tests_install():
    folder = Path(__file__).parent / "browser" / "node_modules"
    if not folder.is_dir():
        pytest.skip("Leaflet is not there: npm ci --prefix tests/browser")
    for each in known_assets():
        assert each.is_in((folder / each.package / each.file).read_bytes()), each.name
