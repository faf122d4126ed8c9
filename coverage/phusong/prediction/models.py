"""The propagation models that `phusong.predict` takes, and which of them suits a cell."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phusong.kernels import area_models, open_area, sweep_models, tr38901
from phusong.kernels.area import window_kernel
from phusong.kernels.itm_roughness import SCRATCH_POINTS
from phusong.kernels.p1812 import effective_earth_radius_km
from phusong.kernels.sweep import sweep_kernel
from phusong.prediction.settings import PredictSettings
from phusong.propagation import ehata, hata, itm_inputs, p1812, spm

__all__ = ["MODELS", "AreaModel", "model_of"]

CLIMATE_NUMBER = itm_inputs.CLIMATES.index(itm_inputs.CLIMATE) + 1
SPM_STRETCH_KM = 3.0
MEDIAN_PERCENT = 50.0

SettingsRows = Callable[[PredictSettings, NDArray[np.float64], float], NDArray[np.float64]]


@dataclass(frozen=True)
class AreaModel:
    """A model as an area is computed with it.

    Attributes
    ----------
    name, title
        Name for ``predict(model=...)``, and source with its edition.
    loss
        Kernel of `phusong.kernels.area_models`.
    rows
        Makes the kernel's settings, a row a band, from the prediction's settings, the bands in
        GHz and the mast's latitude.
    frequency_ghz
        Lowest and highest frequency it is used at.
    lowest_mast_m
        Lowest antenna it is used at.
    scratch_points
        Size of the kernel's work array; 0 for as many as a profile has.
    along
        Kernel of `phusong.kernels.sweep_models`; None where the model takes no profile, or leaps
        with the last metre of it.
    ready, prepare, constants
        What finds, before it, what all bands share of a radial, and what fills what it keeps of a
        band, so many values.
    median
        The same four for 50 % of the time where all is inland, where the model is faster then.
    line
        Kernel of `phusong.kernels.open_area`, of a model that takes no profile; then it makes
        the map, whatever the sampling.
    """

    name: str
    title: str
    loss: Any
    rows: SettingsRows
    frequency_ghz: tuple[float, float]
    lowest_mast_m: float = 1.0
    scratch_points: int = 1
    along: Any = None
    ready: Any = sweep_models.nothing_ready
    prepare: Any = sweep_models.prepare_frequency
    constants: int = 1
    median: tuple[Any, Any, Any, int] | None = None
    line: Any = None

    @property
    def fill_window(self) -> Any:
        """The compiled loop over a mast's window, a profile a pixel."""
        return window_kernel(self.loss, self.scratch_points)

    def sweep_share(self, settings: PredictSettings, *, inland: bool) -> Any:
        """The compiled loop over a share of a mast's radials; ``inland`` says that all is."""
        if self.median and inland and settings.time_percent >= MEDIAN_PERCENT:
            return sweep_kernel(*self.median)
        return sweep_kernel(self.along, self.ready, self.prepare, self.constants)

    def is_swept(self, settings: PredictSettings) -> bool:
        """Whether a prediction with those settings walks this model's radials."""
        return settings.sampling == "radial" and self.along is not None


def _ae_km(settings: PredictSettings) -> float:
    return float(effective_earth_radius_km(settings.delta_n))


def _rows(bands: NDArray[np.float64], *values: float) -> NDArray[np.float64]:
    return np.tile(np.array(values, dtype=np.float64), (bands.size, 1))


def _p1812_rows(
    settings: PredictSettings, bands: NDArray[np.float64], latitude_deg: float
) -> NDArray[np.float64]:
    vertical = float(settings.polarization == "vertical")
    return _rows(
        bands, settings.time_percent, _ae_km(settings), settings.n0, latitude_deg, vertical
    )


def _itm_rows(
    settings: PredictSettings, bands: NDArray[np.float64], _: float
) -> NDArray[np.float64]:
    return _rows(
        bands,
        _ae_km(settings),
        settings.n0,
        CLIMATE_NUMBER,
        float(settings.polarization == "vertical"),
        settings.time_percent,
        itm_inputs.PERMITTIVITY,
        itm_inputs.CONDUCTIVITY_S_M,
    )


def _ehata_rows(
    settings: PredictSettings, bands: NDArray[np.float64], _: float
) -> NDArray[np.float64]:
    named = "rural" if settings.environment == "open" else settings.environment
    return _rows(bands, _ae_km(settings), ehata.ENVIRONMENTS[named])


def _hata_rows(
    settings: PredictSettings, bands: NDArray[np.float64], _: float
) -> NDArray[np.float64]:
    rows = _rows(bands, _ae_km(settings), hata.ENVIRONMENTS[settings.environment], 0.0, 0.0)
    rows[:, 3] = bands > hata.COST231_FROM_GHZ
    return rows


def _free_space_rows(
    settings: PredictSettings, bands: NDArray[np.float64], _: float
) -> NDArray[np.float64]:
    return _rows(bands, _ae_km(settings))


def _spm_rows(
    settings: PredictSettings, bands: NDArray[np.float64], _: float
) -> NDArray[np.float64]:
    method = spm.EFFECTIVE_HEIGHTS["spot"]
    return np.array(
        [
            [_ae_km(settings), *spm.default_coefficients(ghz), method, SPM_STRETCH_KM]
            for ghz in bands
        ]
    )


def _tr38901_rows(scenario: int) -> SettingsRows:
    def rows(
        settings: PredictSettings, bands: NDArray[np.float64], _: float
    ) -> NDArray[np.float64]:
        return _rows(bands, _ae_km(settings), float(scenario))

    return rows


_ALL = (
    AreaModel(
        "p1812",
        "ITU-R P.1812-8",
        area_models.p1812_loss,
        _p1812_rows,
        (p1812.MIN_FREQUENCY_GHZ, p1812.MAX_FREQUENCY_GHZ),
        p1812.MIN_HEIGHT_M,
        along=sweep_models.p1812_any_along,
        ready=sweep_models.p1812_any_ready,
        prepare=sweep_models.prepare_any_band,
        constants=sweep_models.ANY_BAND_CONSTANTS,
        median=(
            sweep_models.p1812_median_along,
            sweep_models.p1812_median_ready,
            sweep_models.prepare_band,
            sweep_models.BAND_CONSTANTS,
        ),
    ),
    AreaModel(
        "itm",
        "Longley-Rice ITM 1.4, point to point",
        area_models.itm_loss,
        _itm_rows,
        (0.02, 20.0),
        0.5,
        SCRATCH_POINTS,
        along=sweep_models.itm_along,
        ready=sweep_models.itm_ready,
    ),
    AreaModel(
        "ehata",
        "NTIA extended Hata 3.2",
        area_models.ehata_loss,
        _ehata_rows,
        (ehata.MIN_FREQUENCY_GHZ, ehata.MAX_FREQUENCY_GHZ),
        scratch_points=0,
    ),
    AreaModel(
        "hata",
        "Okumura-Hata, COST-231-Hata above 1.5 GHz",
        area_models.hata_loss,
        _hata_rows,
        (hata.MIN_FREQUENCY_GHZ, hata.MAX_FREQUENCY_GHZ),
        line=open_area.hata_line,
    ),
    AreaModel(
        "free_space",
        "ITU-R P.525-4, free space",
        area_models.free_space_loss,
        _free_space_rows,
        (0.001, 1000.0),
        line=open_area.free_space_line,
    ),
    AreaModel(
        "spm",
        "Standard Propagation Model, untuned, with Bullington diffraction",
        area_models.spm_loss,
        _spm_rows,
        (spm.MIN_FREQUENCY_GHZ, spm.MAX_FREQUENCY_GHZ),
        along=sweep_models.spm_along,
    ),
    *(
        AreaModel(
            f"tr38901_{name}",
            f"3GPP TR 38.901 {title}, line of sight by terrain and clutter",
            area_models.tr38901_loss,
            _tr38901_rows(scenario),
            (0.5, 100.0),
            along=sweep_models.tr38901_along,
        )
        for name, title, scenario in (
            ("rma", "RMa", tr38901.RMA),
            ("uma", "UMa", tr38901.UMA),
            ("umi", "UMi-Street Canyon", tr38901.UMI),
        )
    ),
)

MODELS: Mapping[str, AreaModel] = MappingProxyType({model.name: model for model in _ALL})
"""Every model by its name."""


def model_of(name: str, frequency_mhz: float) -> AreaModel:
    """The model that bounds a cell's frequency: "auto" is P.1812, and TR 38.901 above its 6 GHz.

    Which of the models a cell of "auto" gets, `phusong.prediction.choosing` says.
    """
    if name != "auto":
        return MODELS[name]
    above = frequency_mhz / 1000.0 > p1812.MAX_FREQUENCY_GHZ
    return MODELS["tr38901_uma" if above else "p1812"]
