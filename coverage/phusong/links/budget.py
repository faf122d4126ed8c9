"""The link budget both ways, as a table whose rows add up.

A row whose effect is "+" or "-" is added or taken off, one whose effect is "=" is the sum of its
section so far, and one without effect stands beside.
"""

import csv
import math
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

from phusong.errors import InputError
from phusong.kernels.pattern_table import cell_attenuation_db
from phusong.links.profile import TerrainPath
from phusong.links.settings import LinkSettings
from phusong.radio.antennas.pattern import NO_TABLE
from phusong.radio.handsets import (
    base_station_noise_figure_db,
    handset,
    noise_dbm,
    subcarrier_khz,
)
from phusong.radio.link_budget import reference_offset_db
from phusong.radio.service import ServiceProfile
from phusong.radio.technology import technology

__all__ = [
    "SERVICE_TIER",
    "Entry",
    "antenna_attenuation_db",
    "downlink",
    "limit",
    "path_entries",
    "uplink",
    "value_of",
]

Effect = Literal["+", "-", "=", ""]

CLASS_3_DBM = 23.0
SERVICE_TIER = "basic"


class Entry(NamedTuple):
    """One row of a link's table."""

    section: str
    term: str
    value: float
    unit: str
    effect: Effect
    meaning: str


class _Need(NamedTuple):
    """What a base station needs of a handset."""

    bandwidth_mhz: float
    sinr_db: float
    source: str


class _Sum:
    """Collects the rows of one section and keeps their sum."""

    def __init__(self, section: str) -> None:
        self.section = section
        self.rows: list[Entry] = []
        self.total = 0.0

    def add(self, term: str, value: float, unit: str, meaning: str) -> None:
        self.total += value
        self.rows.append(Entry(self.section, term, value, unit, "+", meaning))

    def take(self, term: str, value: float, unit: str, meaning: str) -> None:
        self.total -= value
        self.rows.append(Entry(self.section, term, value, unit, "-", meaning))

    def equals(self, term: str, unit: str, meaning: str) -> float:
        self.rows.append(Entry(self.section, term, self.total, unit, "=", meaning))
        return self.total

    def beside(self, term: str, value: float, unit: str, meaning: str) -> None:
        self.rows.append(Entry(self.section, term, value, unit, "", meaning))


def value_of(entries: tuple[Entry, ...], section: str, term: str) -> float:
    """Value of a row; NaN where there is no such row."""
    found = [e.value for e in entries if (e.section, e.term) == (section, term)]
    return found[0] if found else math.nan


def antenna_attenuation_db(
    path: TerrainPath, settings: LinkSettings, elevation_deg: float
) -> float:
    """How far below its peak the base station's antenna radiates at an elevation, dB."""
    pattern, vertical = settings.antenna, settings.vertical_beamwidth_deg
    if pattern is None and vertical is None:
        return 0.0
    azimuth = 0.0
    if (settings.is_sector or pattern is not None) and settings.azimuth_deg is not None:
        azimuth = settings.azimuth_deg - path.convergence_deg
    return float(
        cell_attenuation_db(
            (path.bearing_deg - azimuth + 540.0) % 360.0 - 180.0,
            elevation_deg,
            settings.mechanical_tilt_deg,
            settings.electrical_tilt_deg,
            settings.horizontal_beamwidth_deg,
            vertical or 0.0,
            NO_TABLE if pattern is None else pattern.attenuation_db,
        )
    )


def path_entries(path: TerrainPath, settings: LinkSettings) -> list[Entry]:
    """What the ground between the ends is like."""
    g, f = path.geometry, settings.frequency_ghz
    rows = _Sum("path")
    rows.beside("distance", path.length_km, "km", "over the ground, in the grid's metres")
    bearing = (path.bearing_deg + path.convergence_deg) % 360.0
    rows.beside("bearing", bearing, "deg", "of the receiver, from true north")
    up = "elevation at which the signal leaves the transmitter: P.1812-8 eqs. (76), (77)"
    rows.beside("departure", path.departure_deg, "deg", up)
    rows.beside("effective_earth_radius", path.ae, "km", "median: P.1812-8 eq. (7a)")
    rows.beside("earth_bulge", float(path.bulge_m.max()), "m", "of the effective earth, largest")
    rows.beside("tx_antenna", g.hts, "m", "above sea level")
    rows.beside("rx_antenna", g.hrs, "m", "above sea level")
    rows.beside("tx_horizon", g.dlt, "km", "from the transmitter; the worst point if in sight")
    rows.beside("rx_horizon", g.dlr, "km", "from the receiver; the worst point if in sight")
    _obstruction_rows(rows, path, f, "terrain")
    _obstruction_rows(rows, path, f, "surface")
    return rows.rows


def _obstruction_rows(rows: _Sum, path: TerrainPath, f: float, what: str) -> None:
    surface = path.height_m if what == "terrain" else path.surface_m
    on = "bare terrain" if what == "terrain" else "terrain and clutter"
    worst, seen = path.worst(surface, f), path.in_sight(surface)
    rows.beside(f"{what}_line_of_sight", float(seen), "1", f"1 where the ray clears {on}")
    rows.beside(f"{what}_obstruction", worst.distance_km, "km", f"worst point of {on}")
    rows.beside(f"{what}_clearance", worst.clearance_m, "m", "of the ray above that point")
    radius = "of the first Fresnel zone there"
    rows.beside(f"{what}_fresnel_radius", worst.fresnel_radius_m, "m", radius)
    rows.beside(f"{what}_nu", worst.nu, "1", "diffraction parameter there: P.526, nu of one edge")


def downlink(
    settings: LinkSettings, attenuation_db: float, loss_db: float, service: ServiceProfile
) -> list[Entry]:
    """From the cell's power to the level of the measured signal, and its margins."""
    rows = _Sum("downlink")
    _add_eirp(rows, settings, attenuation_db)
    rows.take("path_loss", loss_db, "dB", "by the first model asked for")
    rows.take("entry_loss", settings.entry_loss_db, "dB", "into a building or vehicle, given")
    rows.take("body_loss", settings.body_loss_db, "dB", "of the handset's holder, given")
    rows.add("handset_gain", settings.handset_gain_dbi, "dBi", "of the handset's antenna, given")
    quantity = technology(settings.technology).quantity
    rows.equals("level", "dBm", f"median {quantity}")
    _take_shadow_margin(rows, settings, service)
    reached = rows.equals("level_at_probability", "dBm", "reached with that probability")
    for tier, threshold in service.thresholds(settings.technology).items():
        rows.beside(f"threshold_{tier}", threshold, "dBm", f"of service profile {service.name}")
        rows.beside(f"margin_{tier}", reached - threshold, "dB", "above that threshold")
    return rows.rows


def _add_eirp(rows: _Sum, settings: LinkSettings, attenuation_db: float) -> None:
    name = settings.technology
    offset_db = reference_offset_db(name, settings.bandwidth_mhz, settings.frequency_mhz)
    rows.add("power", settings.power_dbm or 0.0, "dBm", "total power of the cell")
    quantity = technology(name).quantity
    signal = "the pilot" if name == "3G" else "one resource element"
    meaning = f"share of {quantity} in that power: of {signal}"
    rows.add("reference_offset", offset_db, "dB", meaning)
    rows.take("feeder_loss", settings.feeder_loss_db, "dB", "of the base station")
    rows.add("antenna_gain", settings.antenna_gain_dbi, "dBi", "of the base station, at its peak")
    rows.take("antenna_attenuation", attenuation_db, "dB", _pattern(settings))
    rows.equals("reference_eirp", "dBm", f"EIRP of {quantity} towards the receiver")


def _pattern(settings: LinkSettings) -> str:
    if settings.antenna is not None:
        return f"towards the receiver: pattern {settings.antenna.name!r}, with both tilts"
    if settings.vertical_beamwidth_deg is None:
        return "none: the same gain in every direction"
    return "towards the receiver: element of TR 38.901, Table 7.3-1, with both tilts"


def _take_shadow_margin(rows: _Sum, settings: LinkSettings, service: ServiceProfile) -> None:
    sigma = settings.shadowing_sigma_db
    meaning = f"{100 * service.probability:g} % of places at a standard deviation of {sigma:g} dB"
    rows.take("shadow_margin", service.margin_db(sigma), "dB", meaning)


def uplink(
    settings: LinkSettings, attenuation_db: float, loss_db: float, service: ServiceProfile
) -> list[Entry]:
    """From the handset's power to what the base station needs, and the margin."""
    rows = _Sum("uplink")
    rows.add("handset_power", *_handset_power(settings))
    rows.add("handset_gain", settings.handset_gain_dbi, "dBi", "of the handset's antenna, given")
    rows.take("body_loss", settings.body_loss_db, "dB", "of the handset's holder, given")
    rows.take("entry_loss", settings.entry_loss_db, "dB", "into a building or vehicle, given")
    same = "as in the downlink: its frequency is taken, a little cautious where uplink is lower"
    rows.take("path_loss", loss_db, "dB", same)
    rows.add("antenna_gain", settings.antenna_gain_dbi, "dBi", "of the base station, at its peak")
    rows.take("antenna_attenuation", attenuation_db, "dB", _pattern(settings))
    rows.take("feeder_loss", settings.feeder_loss_db, "dB", "of the base station")
    rows.equals("level", "dBm", "median, at the base station's receiver")
    _take_shadow_margin(rows, settings, service)
    reached = rows.equals("level_at_probability", "dBm", "reached with that probability")
    needed = _sensitivity(settings)
    rows.beside("margin", reached - needed[-1].value, "dB", "above the sensitivity below")
    return rows.rows + needed


def _handset_power(settings: LinkSettings) -> tuple[float, str, str]:
    """Power, unit, meaning: as given, or of the usual class in the band; else class 3."""
    if settings.handset_power_dbm is not None:
        return settings.handset_power_dbm, "dBm", "of the handset, given"
    try:
        usual = handset(settings.technology, settings.frequency_mhz)
    except InputError:
        return CLASS_3_DBM, "dBm", "of power class 3: no band known here holds the frequency"
    meaning = f"of power class {usual.power_class}, usual in {usual.duplex} bands"
    return usual.max_power_dbm, "dBm", meaning


def _sensitivity(settings: LinkSettings) -> list[Entry]:
    khz = subcarrier_khz(settings.technology, settings.frequency_mhz)
    usual = _needs()[settings.technology, khz]
    width, sinr = settings.uplink_bandwidth_mhz, settings.uplink_sinr_db
    width_mhz = usual.bandwidth_mhz if width is None else width
    rows = _Sum("uplink_sensitivity")
    where = f"at 290 K in {width_mhz:g} MHz: " + (usual.source if width is None else "given")
    rows.add("thermal_noise", noise_dbm(1000.0 * width_mhz, 0.0), "dBm", where)
    figure, usual_db = settings.base_noise_figure_db, _base_noise_figure_db(settings)
    source = "of the base station, " + ("radio/tables/noise.csv" if figure is None else "given")
    rows.add("noise_figure", usual_db if figure is None else figure, "dB", source)
    risen = "rise of the noise by other cells' handsets, given"
    rows.add("interference", settings.uplink_interference_db, "dB", risen)
    needed = usual.source if sinr is None else "given"
    rows.add("sinr", usual.sinr_db if sinr is None else sinr, "dB", f"needed: {needed}")
    rows.equals("sensitivity", "dBm", "least level that the base station receives")
    return rows.rows


def _base_noise_figure_db(settings: LinkSettings) -> float:
    return base_station_noise_figure_db(settings.technology, settings.frequency_mhz)


def limit(entries: tuple[Entry, ...]) -> tuple[str, float]:
    """Which side has less margin, "downlink" or "uplink", and how much; "" where there is none."""
    down = value_of(entries, "downlink", f"margin_{SERVICE_TIER}")
    up = value_of(entries, "uplink", "margin")
    if math.isnan(down) or math.isnan(up):
        return "", math.nan
    return ("uplink", up) if up < down else ("downlink", down)


@cache
def _needs() -> dict[tuple[str, int | None], _Need]:
    """By technology and subcarrier spacing in kHz, from ``links/tables/uplink.csv``."""
    text = files("phusong.links").joinpath("tables/uplink.csv").read_text("utf8")
    return {
        (row["technology"], int(row["subcarrier_khz"]) if row["subcarrier_khz"] else None): _Need(
            float(row["bandwidth_mhz"]), float(row["sinr_db"]), row["source"]
        )
        for row in csv.DictReader(text.splitlines())
    }
