"""The door: public data of an area into a folder, with a settings file that names it."""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import platformdirs

from phusong.errors import InputError
from phusong.fetching.area import Area
from phusong.fetching.cutting import cut_boundaries, cut_raster, geojson_address
from phusong.fetching.downloads import NotThereError, download
from phusong.fetching.offers import Offer, offer_named
from phusong.geodata.folders import make_folder

__all__ = ["USUAL", "Fetched", "fetch"]

USUAL: Final = ("copernicus_30m", "worldpop_1km", "geoboundaries_adm3")
"""Terrain, people and communes: what a job needs beside the stations."""

_ENDS: Final = {"terrain": "tif", "population": "tif", "clutter": "tif", "communes": "gpkg"}


@dataclass(frozen=True)
class Fetched:
    """What was fetched.

    Attributes
    ----------
    files
        By the kind of input.
    settings
        A settings file that names them; its ``stations`` are for you to give.
    missing
        Addresses that had no tile, such as of the open sea.
    """

    files: dict[str, Path]
    settings: Path
    missing: tuple[str, ...]

    def __repr__(self) -> str:
        lines = [f"{kind:>12}: {path}" for kind, path in self.files.items()]
        lines.append(f"{'settings':>12}: {self.settings} (name your stations in it)")
        lines += [f"{'no tile':>12}: {address}" for address in self.missing]
        return "\n".join(lines)


def fetch(
    area: Area | str,
    folder: str | os.PathLike[str],
    *,
    country: str = "VNM",
    wanted: Sequence[str] = USUAL,
    cache: str | os.PathLike[str] | None = None,
    progress: bool = True,
) -> Fetched:
    """Fetch public data of an area, cut it, and write a settings file for it.

    Parameters
    ----------
    area
        Box in degrees, or its text "WEST,SOUTH,EAST,NORTH".
    folder
        Where the cut files are written, and ``province.toml``.
    country
        Code of three letters (ISO 3166-1), for what comes by country.
    wanted
        Names of `offers`, at most one of each kind.
    cache
        Where whole files are kept; the user's cache folder by default. What is there is not
        fetched again, and a file that was cut off goes on.
    progress
        Show progress bars.

    Raises
    ------
    InputError
        For what cannot be asked for, or not be fetched.
    """
    box = Area.parse(area) if isinstance(area, str) else area
    chosen = _chosen(wanted, country)
    kept = Path(cache) if cache is not None else platformdirs.user_cache_path("phusong") / "fetched"
    out = make_folder(folder)
    files: dict[str, Path] = {}
    missing: list[str] = []
    for offer in chosen:
        path = out / f"{offer.kind}.{_ENDS[offer.kind]}"
        files[offer.kind] = _fetch_one(offer, box, country, kept, path, missing, progress=progress)
    return Fetched(files, _write_settings(out, chosen, files), tuple(missing))


def _chosen(wanted: Sequence[str], country: str) -> list[Offer]:
    chosen = [offer_named(name) for name in wanted]
    kinds = [offer.kind for offer in chosen]
    problems = [
        f"more than one offer of {kind}: give one" for kind in _ENDS if kinds.count(kind) > 1
    ]
    if not (len(country) == 3 and country.isascii() and country.isalpha()):
        problems.append(f"country {country!r}: give a code of three letters, as VNM")
    if not chosen:
        problems.append("nothing is wanted")
    if problems:
        raise InputError("fetch", problems)
    return chosen


def _fetch_one(
    offer: Offer,
    area: Area,
    country: str,
    cache: Path,
    path: Path,
    missing: list[str],
    *,
    progress: bool,
) -> Path:
    got = []
    for address in offer.addresses(area, country):
        try:
            got.append(download(address, cache, progress=progress))
        except NotThereError:
            missing.append(address)
    if not got:
        problem = "no file of it is there for this area: is the area, or the country, right?"
        raise InputError(offer.name, [problem])
    partial = path.with_name(f".partial-{path.name}")
    try:
        if offer.kind == "communes":
            boundaries = download(geojson_address(got[0]), cache, progress=progress)
            cut_boundaries(boundaries, area, partial)
        else:
            cut_raster(got, area, partial, where_missing=offer.where_missing)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def _write_settings(folder: Path, chosen: Sequence[Offer], files: dict[str, Path]) -> Path:
    path = folder / "province.toml"
    lines = ['name = "Province"', "", "[inputs]", 'stations = "stations.csv"  # yours']
    lines += [f'{kind} = "{file.name}"' for kind, file in files.items()]
    for offer in chosen:
        digest = hashlib.sha256(files[offer.kind].read_bytes()).hexdigest()
        told = {"title": offer.title, "url": offer.page, "licence": offer.licence}
        lines += ["", f"[sources.{offer.kind}]", f"# {offer.name}, sha256 {digest}"]
        lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in told.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf8")
    return path
