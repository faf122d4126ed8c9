"""What the numbers of the Irregular Terrain Model mean: return codes, warnings, kinds of path.

The numbers are those of NTIA's ITM 1.4. Each return code stands in the message of the
`phusong.OutOfRangeError` that it becomes; warnings are values, returned with the loss.
"""

from enum import IntEnum, IntFlag

from phusong.errors import OutOfRangeError
from phusong.kernels import itm as kernel
from phusong.kernels.itm_terrain import ItmPath

__all__ = ["Mode", "ReturnCode", "Warnings", "named_terms", "raise_for"]


class Mode(IntEnum):
    """The kind of path that was found."""

    LINE_OF_SIGHT = 1
    DIFFRACTION = 2
    TROPOSCATTER = 3


class ReturnCode(IntEnum):
    """Why there is no loss. The first group is of inputs, the second of what follows from them."""

    TX_TERMINAL_HEIGHT = 1000
    RX_TERMINAL_HEIGHT = 1001
    INVALID_RADIO_CLIMATE = 1002
    INVALID_TIME = 1003
    INVALID_LOCATION = 1004
    INVALID_SITUATION = 1005
    INVALID_CONFIDENCE = 1006
    INVALID_RELIABILITY = 1007
    REFRACTIVITY = 1008
    FREQUENCY = 1009
    POLARIZATION = 1010
    EPSILON = 1011
    SIGMA = 1012
    MDVAR = 1014
    PATH_DISTANCE = 1017
    DELTA_H = 1018
    TX_SITING_CRITERIA = 1019
    RX_SITING_CRITERIA = 1020

    GROUND_IMPEDANCE = kernel.ERROR_GROUND_IMPEDANCE
    EFFECTIVE_EARTH = kernel.ERROR_EFFECTIVE_EARTH
    SURFACE_REFRACTIVITY_SMALL = kernel.ERROR_REFRACTIVITY_SMALL
    SURFACE_REFRACTIVITY_LARGE = kernel.ERROR_REFRACTIVITY_LARGE


REASONS = {
    ReturnCode.GROUND_IMPEDANCE: (
        "the ground's impedance has an imaginary part as large as its real part: give permittivity "
        "and conductivity_s_m of a real ground"
    ),
    ReturnCode.EFFECTIVE_EARTH: "the effective earth's radius is not within 4,000 to 13,333 km",
    ReturnCode.SURFACE_REFRACTIVITY_SMALL: (
        "surface refractivity, n0 brought to the terrain's height, is under 150 N-units: the "
        "terrain is too high"
    ),
    ReturnCode.SURFACE_REFRACTIVITY_LARGE: (
        "surface refractivity, n0 brought to the terrain's height, is over 400 N-units: the "
        "terrain is below the sea, give a smaller n0"
    ),
}


class Warnings(IntFlag):
    """Reasons to take a loss with care; several may hold at once.

    All but ``NO_DIFFRACTION`` are NTIA's: where its library finds no value of diffraction, it takes
    a reference attenuation of 0 dB in silence.
    """

    TX_TERMINAL_HEIGHT = 0x0001
    RX_TERMINAL_HEIGHT = 0x0002
    FREQUENCY = 0x0004
    PATH_DISTANCE_TOO_BIG_1 = 0x0008
    PATH_DISTANCE_TOO_BIG_2 = 0x0010
    PATH_DISTANCE_TOO_SMALL_1 = 0x0020
    PATH_DISTANCE_TOO_SMALL_2 = 0x0040
    TX_HORIZON_ANGLE = 0x0080
    RX_HORIZON_ANGLE = 0x0100
    TX_HORIZON_DISTANCE_1 = 0x0200
    RX_HORIZON_DISTANCE_1 = 0x0400
    TX_HORIZON_DISTANCE_2 = 0x0800
    RX_HORIZON_DISTANCE_2 = 0x1000
    EXTREME_VARIABILITIES = 0x2000
    SURFACE_REFRACTIVITY = 0x4000
    NO_DIFFRACTION = kernel.NO_DIFFRACTION

    @property
    def meanings(self) -> tuple[str, ...]:
        """One sentence for each warning that holds."""
        return tuple(MEANINGS[warning] for warning in self)


MEANINGS = {
    Warnings.TX_TERMINAL_HEIGHT: "the transmitter's height is outside 1 to 1,000 m",
    Warnings.RX_TERMINAL_HEIGHT: "the receiver's height is outside 1 to 1,000 m",
    Warnings.FREQUENCY: "the frequency is outside 40 MHz to 10 GHz",
    Warnings.PATH_DISTANCE_TOO_BIG_1: "the path is over 1,000 km long",
    Warnings.PATH_DISTANCE_TOO_BIG_2: "the path is over 2,000 km long",
    Warnings.PATH_DISTANCE_TOO_SMALL_1: "the path is so short that its rays are steep",
    Warnings.PATH_DISTANCE_TOO_SMALL_2: "the path is under 1 km long",
    Warnings.TX_HORIZON_ANGLE: "the transmitter's horizon is over 0.2 rad up or down",
    Warnings.RX_HORIZON_ANGLE: "the receiver's horizon is over 0.2 rad up or down",
    Warnings.TX_HORIZON_DISTANCE_1: (
        "the transmitter's horizon is nearer than a tenth of a smooth earth's"
    ),
    Warnings.RX_HORIZON_DISTANCE_1: (
        "the receiver's horizon is nearer than a tenth of a smooth earth's"
    ),
    Warnings.TX_HORIZON_DISTANCE_2: (
        "the transmitter's horizon is farther than three times a smooth earth's"
    ),
    Warnings.RX_HORIZON_DISTANCE_2: (
        "the receiver's horizon is farther than three times a smooth earth's"
    ),
    Warnings.EXTREME_VARIABILITIES: "a percentage is far in the tail of its distribution",
    Warnings.SURFACE_REFRACTIVITY: "surface refractivity is under 250 N-units: the terrain is high",
    Warnings.NO_DIFFRACTION: (
        "a horizon is too near and steep for diffraction at this frequency: the loss is that of "
        "free space, do not use it"
    ),
}


def raise_for(error: int) -> None:
    """Raise `OutOfRangeError` for an error that the kernel found."""
    if error != kernel.NO_ERROR:
        raise OutOfRangeError(f"ITM 1.4: {REASONS[ReturnCode(error)]} (return code {error})")


def named_terms(path: ItmPath, losses: kernel.LossTerms) -> dict[str, float]:
    """Every value of a path and of its loss, by name; raises where there is no loss."""
    raise_for(losses.error)
    terms = {
        f"{name}_{end}": float(value)
        for end, values in (("tx", path.tx), ("rx", path.rx))
        for name, value in values._asdict().items()
    }
    terms |= {
        "d": path.d,
        "N_s": path.N_s,
        "a_e": path.a_e,
        "delta_h": path.delta_h,
        "d_ML": path.d_ml,
        "d_sML": path.d_sml,
        "theta_los": path.theta_los,
        "A_fs": losses.A_fs,
        "A_ref": losses.A_ref,
        "V_med": losses.V_med,
        "Y_R": losses.Y_R,
        "Y_S": losses.Y_S,
        "A": losses.A,
        "mode": Mode(losses.mode),
        "warnings": Warnings(losses.warnings),
    }
    return terms
