"""What a pixel's quality has beyond a threshold, in dB that its server could lose.

A threshold of SINR, of RSRQ or Ec/Io, or of throughput is turned into the level at which the server
would just reach it while all else, other cells and noise, stays as it is. So one shadowing margin
and one error serve every metric, as they serve the level: the shadows of a server and of one cell
of another mast, which correlate by about one half (general knowledge; such is the correlation
between sites in 3GPP TR 36.814), differ by as much as each of them varies.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from phusong.prediction.carrier_work import records_of
from phusong.prediction.quality import Quality
from phusong.prediction.quality_radio import Radio, RadioKind, kind_of, radios_of
from phusong.radio.signal_quality import ecio_db, excess_db, is_per_element, rsrq_db, sinr_db

if TYPE_CHECKING:
    from phusong.prediction.coverage import Coverage

__all__ = ["QualityExcess"]

Floats = NDArray[np.floating[Any]]

_FOUND: Final = {
    "sinr_db": "sinr_db",
    "rsrq_db": "rsrq_db",
    "ecio_db": "ecio_db",
    "throughput_down_mbps": "sinr_db",
    "throughput_up_mbps": "uplink_snr_db",
}
"""The layer from which each metric's excess is told."""


@dataclass(frozen=True)
class QualityExcess:
    """Quality against thresholds.

    Attributes
    ----------
    quality
        Layers, loads and settings.
    radios
        Of the kinds of carriers.
    kind
        Of each row of the table of cells: which of the radios.
    load
        Of each row of the table of cells.
    """

    quality: Quality
    radios: list[Radio]
    kind: NDArray[np.intp]
    load: NDArray[np.float64]

    @classmethod
    def of(cls, quality: Quality, coverage: "Coverage") -> "QualityExcess":
        """Look up the radios of the cells."""
        records = records_of(coverage.network.cells[list(RadioKind._fields)])
        radios = radios_of(records, quality.settings)
        number = {kind: i for i, kind in enumerate(radios)}
        kinds = np.array([number[kind_of(cell)] for cell in records], dtype=np.intp)
        loads = quality.loads["load"].to_numpy(dtype=np.float64)
        return cls(quality, list(radios.values()), kinds, loads)

    def metric_db(self, metric: str, least: float, operator: str, technology: str) -> Floats:
        """Excess of one metric over its least value, (y, x); NaN where nothing was computed.

        -inf where no level of the server would suffice: its carrier is too narrow for the rate, or
        it sends too much itself.
        """
        return self._excess(
            metric, least, self._layer(_FOUND[metric], operator, technology), operator, technology
        )

    def alone_db(
        self, metric: str, least: float, operator: str, technology: str, level_dbm: Floats
    ) -> Floats:
        """The same, were no other cell sending; ``level_dbm`` is that of the server."""
        server = self._server(operator, technology)
        noise_mw = np.array([radio.noise_mw for radio in self.radios])[self.kind[server]]
        none = np.zeros_like(noise_mw)
        if _FOUND[metric] == "uplink_snr_db":
            return self.metric_db(metric, least, operator, technology)
        load = self.load[server]
        if _FOUND[metric] == "sinr_db":
            found = sinr_db(technology, level_dbm, none, noise_mw)
        elif is_per_element(technology):
            found = rsrq_db(technology, level_dbm, none, none, load=load, noise_mw=noise_mw)
        else:
            found = ecio_db(technology, level_dbm, none, load=load, noise_mw=noise_mw)
        return self._excess(metric, least, found, operator, technology)

    def _excess(
        self, metric: str, least: float, found: Floats, operator: str, technology: str
    ) -> Floats:
        if metric == "sinr_db":
            return found - least
        server = self._server(operator, technology)
        if metric in ("rsrq_db", "ecio_db"):
            return excess_db(technology, found, least, load=self.load[server])
        if metric == "throughput_up_mbps":
            needed = [radio.up.needed_db(np.array(least)) for radio in self.radios]
            return found - np.array(needed)[self.kind[server]]
        if self.quality.settings.aggregation_efficiency == 0.0:
            needed = [radio.down.needed_db(np.array(least)) for radio in self.radios]
            return found - np.array(needed)[self.kind[server]]
        asked = least * self._own_part(found, server, operator, technology)
        return found - self._needed_db(asked, server)

    def _needed_db(self, mbps: Floats, server: NDArray[np.integer]) -> Floats:
        """SINR (dB) that each pixel's server needs for a downlink throughput."""
        needed = np.full(mbps.shape, np.nan)
        kind = np.where(server >= 0, self.kind[server], -1)
        for number, radio in enumerate(self.radios):
            here = kind == number
            needed[here] = radio.down.needed_db(mbps[here])
        return needed

    def _own_part(
        self, sinr: Floats, server: NDArray[np.integer], operator: str, technology: str
    ) -> Floats:
        """What of the throughput the server's own carrier brings; the others are to fall with it.

        1 where the own carrier brings nothing.
        """
        part = np.ones(sinr.shape)
        total = self._layer("throughput_down_mbps", operator, technology)
        kind = np.where(server >= 0, self.kind[server], -1)
        for number, radio in enumerate(self.radios):
            here = kind == number
            own = radio.down.at(sinr[here])
            whole = np.maximum(total[here], own)
            part[here] = np.divide(own, whole, out=np.ones(own.shape), where=own > 0.0)
        return part

    def _server(self, operator: str, technology: str) -> NDArray[np.int32]:
        layer = self.quality["server"].sel(operator=operator, technology=technology)
        servers: NDArray[np.int32] = layer.to_numpy()
        return servers

    def _layer(self, name: str, operator: str, technology: str) -> Floats:
        layer = self.quality[name].sel(operator=operator, technology=technology)
        values: Floats = layer.to_numpy().astype(np.float64)
        return values
