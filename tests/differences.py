"""How far each model is from its reference vectors, at worst, as the tests read them.

The docs' table of worst differences is made of this; the tests assert the same tolerances.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import formula_differences as of_formulas
import numpy as np
import path_differences as of_paths
from vectors import REFERENCE

__all__ = ["VECTORS", "Vectors"]


@dataclass(frozen=True)
class Vectors:
    """A file of vectors: whose they are, what is compared, how near it must be."""

    model: str
    file: str
    unit: str
    tolerance: float
    differences: Callable[[Path], Sequence[float]]

    @property
    def shipped(self) -> bool:
        """Whether it lies beside the tests; if not, it is in a folder of the reference."""
        return "/" not in self.file

    def path(self, shared: Path) -> Path:
        return REFERENCE / self.file if self.shipped else shared / "reference" / self.file

    def worst(self, shared: Path) -> tuple[int, float]:
        """Count of values compared and the largest difference."""
        sizes = np.abs(np.ravel(self.differences(self.path(shared))))
        return sizes.size, float(sizes.max())


PUBLISHED, WORKBOOK = "itm/ntia_originals", "p2108/itu_workbook_sec3"

VECTORS = tuple(
    Vectors(*row)
    for row in (
        ("P.1812-8", "p1812_v8_random.jsonl", "dB", 1e-6, of_paths.p1812_random),
        ("P.1812-8", "p1812/itu_validation_results", "dB", 1e-6, of_paths.p1812_itu),
        ("P.526-15", "delta_bullington.jsonl", "dB", 1e-6, of_paths.delta_bullington),
        ("P.526-15", "spherical_earth.csv", "dB", 1e-6, of_paths.spherical_earth),
        ("P.526-15", "knife_edge_J.csv", "dB", 1e-6, of_paths.knife_edge),
        ("P.526-15", "knife_edge_J_exact.csv", "dB", 0.125, of_paths.knife_edge_exact),
        ("ITM 1.4", "itm_p2p.jsonl", "dB", 1e-3, of_paths.itm_p2p),
        ("ITM 1.4", "itm_area.jsonl", "dB", 1e-3, of_paths.itm_area),
        ("ITM 1.4", f"{PUBLISHED}/p2p.csv", "dB", 0.0051, of_paths.itm_p2p_published),
        ("ITM 1.4", f"{PUBLISHED}/area.csv", "dB", 0.051, of_paths.itm_area_published),
        ("eHata 3.2", "ehata_v3_2_random.jsonl", "dB", 1e-3, of_paths.ehata_random),
        ("eHata 3.2", "ehata/its_testbed.json", "dB", 1e-3, of_paths.ehata_real),
        ("Hata, COST 231", "ns3_okumura_cost231.csv", "dB", 0.05, of_formulas.hata_rows),
        ("TR 38.901", "tr38901_ns3_random.csv", "dB", 0.01, of_formulas.tr38901_random),
        (
            "TR 38.901",
            "tr38901/ns3_three_gpp_pathloss.csv",
            "dB",
            0.01,
            of_formulas.tr38901_published,
        ),
        ("TR 38.901", "tr38901/ns3_los_probability.csv", "of 1", 2.5e-3, of_formulas.tr38901_sight),
        ("P.2108-1", "p2108_random.csv", "dB", 0.005, of_formulas.p2108_random),
        ("P.2108-1", f"{WORKBOOK}.2_terrestrial.csv", "dB", 0.05, of_formulas.p2108_terrestrial),
        ("P.2108-1", f"{WORKBOOK}.3_earthspace.csv", "dB", 0.01, of_formulas.p2108_slant),
        *(
            ("P.2108-1", f"p2108/ntia_{name}ModelTestData.csv", "dB", 0.05, of_formulas.p2108_ntia)
            for name in (
                "HeightGainTerminalCorrection",
                "TerrestrialStatistical",
                "AeronauticalStatistical",
            )
        ),
        ("P.2109-2", "p2109_random_bel.csv", "dB", 1e-4, of_formulas.p2109_random),
        ("P.2109-2", "p2109/itu_workbook_bel.csv", "dB", 0.01, of_formulas.p2109_workbook),
        ("P.676-13", "p676_random_gamma.csv", "dB/km", 1e-4, of_formulas.p676_gamma),
        ("P.676-13", "p676/ITURP676-13_gamma.csv", "dB/km", 1e-4, of_formulas.p676_gamma),
        ("P.676-13", "p676/ITURP676-13_A_gas.csv", "dB", 0.01, of_formulas.p676_13_to_space),
        ("P.676-12", "p676/ITURP676-12_gamma.csv", "dB/km", 1e-4, of_formulas.p676_gamma),
        (
            "P.676-12",
            "p676/ITURP676-12_zenith_attenuation.csv",
            "dB",
            1e-4,
            of_formulas.p676_zenith,
        ),
        ("P.676-12", "p676/ITURP676-12_A_gas.csv", "dB", 1e-4, of_formulas.p676_12_to_space),
        ("P.838-3", "p838_random_rain.csv", "dB/km", 1e-4, of_formulas.p838_gamma),
        (
            "P.838-3",
            "p838/ITURP838-3_rain_specific_attenuation.csv",
            "dB/km",
            1e-4,
            of_formulas.p838_gamma,
        ),
        ("P.530-17", "p530_random_rain.csv", "dB", 0.01, of_formulas.p530_rain),
    )
)
