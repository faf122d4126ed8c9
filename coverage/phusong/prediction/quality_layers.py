"""From the powers on each carrier to the quality of each service."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phusong.prediction.interference import Carrier, Interference
from phusong.prediction.quality_radio import Radio, RadioKind
from phusong.prediction.quality_settings import QualitySettings
from phusong.radio.signal_quality import ecio_db, is_per_element, rsrq_db, sinr_db

__all__ = ["BYTES_OF_WORK", "LAYERS", "CellFigures", "QualityLayers", "service_layers"]

Plane = NDArray[np.float32]

LAYERS = (
    "sinr_db",
    "rsrq_db",
    "ecio_db",
    "throughput_down_mbps",
    "throughput_up_mbps",
    "uplink_snr_db",
)
BYTES_OF_WORK = 130  # a pixel, while one carrier is worked on


class CellFigures(NamedTuple):
    """Of each row of the table of cells.

    Attributes
    ----------
    load
        Of the cell.
    reference_dbm
        Power of its measured signal before feeder and antenna.
    bandwidth_mhz
        Of its carrier.
    """

    load: NDArray[np.float64]
    reference_dbm: NDArray[np.float64]
    bandwidth_mhz: NDArray[np.float64]


class QualityLayers(NamedTuple):
    """The layers of `LAYERS`, (rows, columns), NaN where nothing was computed; two more beside.

    These are `level_dbm`, and `server`, row of the table of cells, -1 where nothing was computed.

    Of a carrier these are its strongest cell's, of a service those of its strongest carrier.
    """

    level_dbm: Plane
    server: NDArray[np.int32]
    sinr_db: Plane
    rsrq_db: Plane
    ecio_db: Plane
    throughput_down_mbps: Plane
    throughput_up_mbps: Plane
    uplink_snr_db: Plane


def service_layers(
    powers: Interference,
    service: tuple[str, str],
    cells: CellFigures,
    radios: Mapping[RadioKind, Radio],
    settings: QualitySettings,
) -> QualityLayers | None:
    """Quality of one operator's technology; None where it has no carrier."""
    found: QualityLayers | None = None
    together = np.zeros(powers.level_dbm.shape[1:], dtype=np.float32)
    for carrier in powers.number:
        if carrier.service != service:
            continue
        layers = _carrier_layers(powers, carrier, cells, radios)
        together += np.nan_to_num(layers.throughput_down_mbps)
        found = layers if found is None else _stronger(found, layers)
    if found is not None and settings.aggregation_efficiency > 0.0:
        down = found.throughput_down_mbps
        down += np.float32(settings.aggregation_efficiency) * (together - down)
    return found


def _stronger(one: QualityLayers, other: QualityLayers) -> QualityLayers:
    """The one's layers, and the other's where it is stronger, or there alone."""
    better = (other.level_dbm > one.level_dbm) | np.isnan(one.level_dbm)
    for plane, instead in zip(one, other, strict=True):
        np.copyto(plane, instead, where=better)
    return one


def _carrier_layers(
    powers: Interference, carrier: Carrier, cells: CellFigures, radios: Mapping[RadioKind, Radio]
) -> QualityLayers:
    number, name = powers.number[carrier], carrier.technology
    level_dbm, server = powers.level_dbm[number].astype(np.float64), powers.server[number]
    loaded_mw, others_mw = powers.loaded_mw[number], powers.others_mw[number]
    kinds = {
        width: RadioKind(name, carrier.frequency_mhz, width)
        for width in np.unique(cells.bandwidth_mhz[server[server >= 0]]).tolist()
    }
    layers = QualityLayers(
        powers.level_dbm[number].copy(),
        server.copy(),
        *(np.full(server.shape, np.nan, dtype=np.float32) for _ in LAYERS),
    )
    for width, kind in kinds.items():
        radio = radios[kind]
        here = (server >= 0) & (cells.bandwidth_mhz[server] == width)
        level, loaded, cell = level_dbm[here], loaded_mw[here].astype(np.float64), server[here]
        load, noise_mw = cells.load[cell], radio.noise_mw
        sinr = sinr_db(name, level, loaded, noise_mw)
        layers.sinr_db[here] = sinr
        if is_per_element(name):
            layers.rsrq_db[here] = rsrq_db(
                name, level, loaded, others_mw[here], load=load, noise_mw=noise_mw
            )
        else:
            layers.ecio_db[here] = ecio_db(name, level, loaded, load=load, noise_mw=noise_mw)
        layers.throughput_down_mbps[here] = radio.down.at(sinr)
        # The way back loses what the way here does: antennas, feeder, path and walls.
        received_dbm = radio.handset_dbm + level - cells.reference_dbm[cell]
        snr = received_dbm - radio.base_noise_dbm
        layers.uplink_snr_db[here] = snr
        layers.throughput_up_mbps[here] = radio.up.at(snr)
    return layers
