"""Scripts, styles, fonts and pictures of a page, put into it: then it asks for nothing.

They belong to others and do not come with this package. A page names them by the addresses that
folium gives; each stands in ``tables/assets.csv`` with its npm package, version, file and SHA-256.
"""

import base64
import csv
import hashlib
import json
import mimetypes
import os
import posixpath
import re
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final
from urllib.error import URLError

import folium
from platformdirs import user_cache_path

from phusong.errors import InputError
from phusong.report.files import replacing

__all__ = ["ASSETS_VARIABLE", "Asset", "Shelf", "inlined", "known_assets"]

ASSETS_VARIABLE: Final = "PHUSONG_MAP_ASSETS"

_SCRIPT: Final = re.compile(r'<script src="(?P<address>https?://[^"]+)"></script>')
_STYLE: Final = re.compile(r'<link rel="stylesheet" href="(?P<address>https?://[^"]+)"\s*/>')
_URL: Final = re.compile(r"""url\(\s*["']?(?P<path>[^"')]+)["']?\s*\)""")
_SOURCE_MAP: Final = re.compile(r"//# sourceMappingURL=\S+")
_TIMEOUT_S: Final = 30
_AGENT: Final = "phusong"
_DEFAULT_ICON: Final = {
    "iconUrl": "marker-icon.png",
    "iconRetinaUrl": "marker-icon-2x.png",
    "shadowUrl": "marker-shadow.png",
}


@dataclass(frozen=True)
class Asset:
    """One file of a package of others.

    Attributes
    ----------
    address
        How the address ends by which folium names it; empty for what a style asks for.
    package, version, file
        Where it is in an npm package.
    sha256
        Of its content.
    licence
        SPDX name of its licence.
    """

    address: str
    package: str
    version: str
    file: str
    sha256: str
    licence: str

    @property
    def name(self) -> str:
        """As ``leaflet@1.9.3/dist/leaflet.js``."""
        return f"{self.package}@{self.version}/{self.file}"

    def is_in(self, content: bytes) -> bool:
        """Whether this is its content."""
        return hashlib.sha256(content).hexdigest() == self.sha256


@cache
def known_assets() -> tuple[Asset, ...]:
    """Every file that a map of this library asks for."""
    table = resources.files("phusong.report") / "tables" / "assets.csv"
    rows = csv.DictReader(table.read_text(encoding="utf8").splitlines())
    return tuple(Asset(**row) for row in rows)


class Shelf:
    """Where assets are taken from: the cache, a folder of npm packages, the network.

    Parameters
    ----------
    folder
        A ``node_modules`` folder; that of `ASSETS_VARIABLE` where not given.
    cache
        Folder where downloaded files are kept; the user's where not given.
    source
        Beginning of the addresses of npm packages; the one of folium's Leaflet where not given.
    """

    def __init__(
        self,
        folder: Path | str | None = None,
        cache: Path | str | None = None,
        source: str | None = None,
    ) -> None:
        given = folder or os.environ.get(ASSETS_VARIABLE) or None
        self._folder = None if given is None else Path(given)
        self._cache = Path(cache) if cache else user_cache_path("phusong") / "map_assets"
        self._source = source or dict(folium.Map.default_js)["leaflet"].partition("leaflet@")[0]

    def take(self, asset: Asset) -> bytes:
        """Return an asset's content; InputError, with the reason and the mend, without it."""
        kept = self._cache / asset.package / asset.version / asset.file
        for path in (kept, self._in_folder(asset)):
            if path is not None and path.is_file() and asset.is_in(content := path.read_bytes()):
                return content
        content = self._download(asset)
        kept.parent.mkdir(parents=True, exist_ok=True)
        with replacing(kept) as partial:
            partial.write_bytes(content)
        return content

    def _in_folder(self, asset: Asset) -> Path | None:
        return None if self._folder is None else self._folder / asset.package / asset.file

    def _download(self, asset: Asset) -> bytes:
        address = self._source + asset.name
        request = urllib.request.Request(address, headers={"User-Agent": _AGENT})  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310
                content: bytes = answer.read()
        except (URLError, OSError) as error:
            raise InputError(
                asset.name, [f"{self._elsewhere(asset)}, nor to be had ({error})"]
            ) from error
        if not asset.is_in(content):
            problem = f"{self._elsewhere(asset)}, and the network gave another file than is known"
            raise InputError(asset.name, [problem])
        return content

    def _elsewhere(self, asset: Asset) -> str:
        """Why it was to be downloaded."""
        path = self._in_folder(asset)
        if path is None:
            return "is not in the cache"
        if path.is_file():
            return f"is not in the cache, {path} is another version"
        return f"is not in the cache, not in {path}"


def inlined(page: str, assets: Path | str | None = None, *, shelf: Shelf | None = None) -> str:
    """Return a page with every script and style that it names in it, and a note of their licences.

    Parameters
    ----------
    page
        HTML.
    assets
        Folder of npm packages, see `Shelf`.
    shelf
        Where to take them from, in place of ``assets``.

    Raises
    ------
    InputError
        Naming each that is not to be had, and the mend.
    """
    shelf = shelf or Shelf(assets)
    wanted: dict[str, Asset] = {}
    problems: list[str] = []
    for pattern in (_SCRIPT, _STYLE):
        for address in pattern.findall(page):
            asset = _known(address)
            if asset is None:
                problems.append(f"{address}: no such file is known; take it from the map")
            else:
                wanted[address] = asset
    needed = [*wanted.values(), *(each for each in known_assets() if _goes_with(each, wanted))]
    contents: dict[str, bytes] = {}
    for asset in needed:
        try:
            contents[asset.name] = shelf.take(asset)
        except InputError as error:
            problems.append(str(error))
    if problems:
        raise InputError("offline map", [*problems, _mend(needed)])
    page = _SCRIPT.sub(lambda found: _script(contents[wanted[found["address"]].name]), page)
    page = _STYLE.sub(lambda found: _style(wanted[found["address"]], contents), page)
    return page.replace(
        "</head>", f"{_default_icons(contents)}{_licences(needed, contents)}</head>", 1
    )


def _known(address: str) -> Asset | None:
    return next(
        (each for each in known_assets() if each.address and address.endswith(each.address)), None
    )


def _goes_with(asset: Asset, wanted: Mapping[str, Asset]) -> bool:
    """Whether a file without an address of its own belongs to a package that is asked for."""
    return not asset.address and any(asset.package == each.package for each in wanted.values())


def _mend(needed: list[Asset]) -> str:
    packages = " ".join(sorted({f"{each.package}@{each.version}" for each in needed}))
    return (
        f"to have them, be on the network once, or run `npm install {packages}` in a folder and "
        f"give its node_modules as assets=, or as {ASSETS_VARIABLE}"
    )


def _script(content: bytes) -> str:
    code = _SOURCE_MAP.sub("", content.decode("utf8")).replace("</script", "<\\/script")
    return f"<script>{code}</script>"


def _style(asset: Asset, contents: Mapping[str, bytes]) -> str:
    """A style with its fonts and pictures in it."""

    def embedded(found: re.Match[str]) -> str:
        path = found["path"]
        if path.startswith(("data:", "#")):
            return found[0]
        file = posixpath.normpath(posixpath.join(posixpath.dirname(asset.file), path))
        return f"url({_data_uri(file, contents[f'{asset.package}@{asset.version}/{file}'])})"

    return f"<style>{_URL.sub(embedded, contents[asset.name].decode('utf8'))}</style>"


def _data_uri(file: str, content: bytes) -> str:
    kind = mimetypes.guess_type(file)[0] or "application/octet-stream"
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def _default_icons(contents: Mapping[str, bytes]) -> str:
    """Leaflet looks for its markers' pictures beside its style, which has no place any more."""
    pictures = {
        option: _data_uri(name, content)
        for option, file in _DEFAULT_ICON.items()
        for name, content in contents.items()
        if name.endswith(file)
    }
    return (
        '<script>L.Icon.Default.imagePath = "";'
        f"L.Icon.Default.mergeOptions({json.dumps(pictures)});</script>"
    )


def _licences(needed: list[Asset], contents: Mapping[str, bytes]) -> str:
    """The licences of what is in the page, whole, for whoever reads its source."""
    told = [
        f"{each.package} {each.version} ({each.licence})\n\n{contents[each.name].decode('utf8')}"
        for each in needed
        if "LICEN" in each.file.upper()
    ]
    text = "\n\n".join(["This page holds, unchanged but for addresses:", *told])
    return f"<!--\n{text.replace('--', '- -')}\n-->"
