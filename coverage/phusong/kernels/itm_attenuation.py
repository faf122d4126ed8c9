"""Reference attenuation of the Irregular Terrain Model (ITM 1.4): the Longley-Rice method.

Attenuation below free space in line of sight, by diffraction and by troposcatter, of a path that
`phusong.kernels.itm_terrain` describes. ``f`` is in MHz, heights and distances in m, angles in
radians, losses in dB. Citations: [Algorithm], [ERL 79-ITS 67] and [TN101] as there; [Vogler] is
L. E. Vogler, "Calculation of groundwave attenuation in the far diffraction region", 1964.
"""

import math

from phusong._jit import njit
from phusong.kernels.itm_roughness import terrain_roughness
from phusong.kernels.itm_terrain import WAVE_NUMBER_MHZ, ItmPath
from phusong.kernels.itm_troposcatter import UNDEFINED_DB, frequency_gain_db, troposcatter_db

__all__ = [
    "DIFFRACTION",
    "LINE_OF_SIGHT",
    "TROPOSCATTER",
    "diffraction_db",
    "line_of_sight_db",
    "reference_attenuation",
    "smooth_earth_db",
]

LINE_OF_SIGHT, DIFFRACTION, TROPOSCATTER = 1, 2, 3

# Where troposcatter takes over if it is undefined.
NEVER_M = 10e6


@njit
def _edge_db(v2: float) -> float:
    """Knife-edge loss from the square of its parameter: [ERL 79-ITS 67, eqs. 3.27a, 3.27b]."""
    if v2 < 5.76:
        return 6.02 + 9.11 * math.sqrt(v2) - 1.27 * v2
    return 12.953 + 10.0 * math.log10(v2)


@njit
def _knife_edges_db(path: ItmPath, d: float, f: float) -> float:
    """Loss of the two horizons as knife edges: [TN101, eqs. I.1, I.7]."""
    theta = d / path.a_e - path.theta_los
    beyond = d - path.d_ml
    factor = 0.0795775 * (f / WAVE_NUMBER_MHZ) * theta**2 * beyond
    tx: float = _edge_db(factor * path.tx.d_hzn / (beyond + path.tx.d_hzn))
    rx: float = _edge_db(factor * path.rx.d_hzn / (beyond + path.rx.d_hzn))
    return tx + rx


@njit
def _height_gain_db(x: float, k: float) -> float:
    """Height-gain function F(x, K) of [Vogler]."""
    if x >= 2000.0:
        return 0.05751 * x - 4.343 * math.log(x)
    if x >= 200.0:
        w = 0.0134 * x * math.exp(-0.005 * x)
        far = 0.05751 * x - 4.343 * math.log(x)
        return (1.0 - w) * far + w * (17.372 * math.log(x) - 117.0)
    w = -math.log(k)
    if k < 1e-5 or x * w**3 > 5495.0:
        return 17.372 * math.log(x) - 117.0 if x > 1.0 else -117.0
    return 2.5e-5 * x * x / k - 8.686 * w - 15.0


@njit
def _vogler_distance(radius: float, d: float, f: float, impedance: float) -> tuple[float, float]:
    """Normalised distance x and parameter K over an earth of one radius: [Vogler, eqs. 2, 6a]."""
    c0 = (4.0 / 3.0 * 6370e3 / radius) ** (1.0 / 3.0)
    k = 0.017778 * c0 * f ** (-1.0 / 3.0) / impedance
    return (1.607 - k) * c0**2 * f ** (1.0 / 3.0) * d / 1000.0, k


@njit
def smooth_earth_db(path: ItmPath, d: float, f: float, z_g: complex) -> float:
    """Diffraction loss over three smooth earths in a row: [Algorithm, eq. 4.20], [Vogler]."""
    impedance = abs(z_g)
    theta = d / path.a_e - path.theta_los
    radius = (d - path.d_ml) / theta
    radius_tx = 0.5 * path.tx.d_hzn**2 / path.tx.h_e
    radius_rx = 0.5 * path.rx.d_hzn**2 / path.rx.h_e
    x_tx, k_tx = _vogler_distance(radius_tx, path.tx.d_hzn, f, impedance)
    x_rx, k_rx = _vogler_distance(radius_rx, path.rx.d_hzn, f, impedance)
    between, _ = _vogler_distance(radius, radius * theta, f, impedance)
    x = between + x_tx + x_rx
    db: float = 0.05751 * x - 10.0 * math.log10(x) - 20.0
    db -= _height_gain_db(x_tx, k_tx) + _height_gain_db(x_rx, k_rx)
    return db


@njit
def _surface_deviation(delta_h: float) -> float:
    """Deviation of the surface within the first Fresnel zone: [ERL 79-ITS 67, eq. 3.6a]."""
    return 0.78 * delta_h * math.exp(-0.5 * math.sqrt(math.sqrt(delta_h)))


@njit
def _clutter_db(path: ItmPath, f: float) -> float:
    """Loss by terrain clutter: [ERL 79-ITS 67, eq. 3.38c]."""
    sigma_h = _surface_deviation(terrain_roughness(path.d_sml, path.delta_h))
    return min(15.0, 5.0 * math.log10(1.0 + 1e-5 * path.tx.h * path.rx.h * f * sigma_h))


@njit
def diffraction_db(path: ItmPath, d: float, f: float, z_g: complex) -> float:
    """Smooth-earth and knife-edge loss at a distance, weighed by roughness.

    [ERL 79-ITS 67, eq. 3.23].
    """
    known = path.tx.h * path.rx.h
    height_ratio = 1.0 + (path.tx.h_e * path.rx.h_e - known) / (known + path.C)
    bent = (path.d_ml - path.theta_los * path.a_e) / d
    rough = min(terrain_roughness(d, path.delta_h) * f / WAVE_NUMBER_MHZ, 6283.2)
    w = 25.1 / (25.1 + math.sqrt((math.sqrt(height_ratio) + bent) * rough))
    smooth: float = smooth_earth_db(path, d, f, z_g)
    edges: float = _knife_edges_db(path, d, f)
    clutter: float = _clutter_db(path, f)
    return w * smooth + (1.0 - w) * edges + clutter


@njit
def _two_ray_db(path: ItmPath, d: float, f: float, z_g: complex) -> float:
    """Loss by the ray that the ground reflects: [Algorithm, eqs. 4.46 to 4.50]."""
    wave_number = f / WAVE_NUMBER_MHZ
    heights = path.tx.h_e + path.rx.h_e
    sin_psi = heights / math.sqrt(d * d + heights * heights)
    sigma_h = _surface_deviation(terrain_roughness(d, path.delta_h))
    fade = math.exp(-min(10.0, wave_number * sigma_h * sin_psi))
    reflection = (sin_psi - z_g) / (sin_psi + z_g) * fade
    power = reflection.real**2 + reflection.imag**2
    if power < 0.25 or power < sin_psi:
        reflection *= math.sqrt(sin_psi / power)
    delta = 2.0 * wave_number * path.tx.h_e * path.rx.h_e / d
    if delta > math.pi / 2.0:
        delta = math.pi - (math.pi / 2.0) ** 2 / delta
    total = complex(math.cos(delta), -math.sin(delta)) + reflection
    return -10.0 * math.log10(total.real**2 + total.imag**2)


@njit
def line_of_sight_db(
    path: ItmPath, d: float, f: float, z_g: complex, m_d: float, a_d0: float
) -> float:
    """Two-ray loss and the diffraction line ``m_d * d + a_d0`` carried into sight, weighed."""
    w = 1.0 / (1.0 + f * path.delta_h / max(10e3, path.d_sml))
    two_ray: float = _two_ray_db(path, d, f, z_g)
    return w * two_ray + (1.0 - w) * (m_d * d + a_d0)


@njit
def _curve_through(
    d_0: float, d_1: float, d_s: float, a_0: float, a_1: float, a_s: float
) -> tuple[float, float]:
    """Slopes K1 per m and K2 per e-fold through three losses: [ERL 79-ITS 67, eqs. 3.20, 3.21]."""
    span = d_s - d_0
    part = d_1 - d_0
    log_span = math.log(d_s / d_0)
    below = span * math.log(d_1 / d_0) - part * log_span
    k2 = max(0.0, (span * (a_1 - a_0) - part * (a_s - a_0)) / below)
    return (a_s - a_0 - k2 * log_span) / span, k2


@njit
def _two_distances(path: ItmPath, f: float, m_d: float, a_d0: float) -> tuple[float, float]:
    """Where the loss in sight is asked for: d_0, d_1 of [ERL 79-ITS 67, eqs. 3.16a, 3.16d]."""
    d_0 = 0.04 * f * path.tx.h_e * path.rx.h_e
    if a_d0 < 0.0:
        return d_0, max(-a_d0 / m_d, 0.25 * path.d_ml)
    d_0 = min(d_0, 0.5 * path.d_ml)
    return d_0, d_0 + 0.25 * (path.d_ml - d_0)


@njit
def _slopes_in_sight(
    path: ItmPath, f: float, z_g: complex, m_d: float, a_d0: float, a_s: float
) -> tuple[float, float]:
    """Slopes K1 and K2 of the loss that reaches ``a_s`` at the smooth-earth horizon."""
    d_0, d_1 = _two_distances(path, f, m_d, a_d0)
    d_s = path.d_sml
    a_1 = line_of_sight_db(path, d_1, f, z_g, m_d, a_d0)
    if d_0 < d_1:
        a_0 = line_of_sight_db(path, d_0, f, z_g, m_d, a_d0)
        k1, k2 = _curve_through(d_0, d_1, d_s, a_0, a_1, a_s)
        if a_d0 > 0.0 or k2 > 0.0:
            if k1 >= 0.0:
                return k1, k2
            return 0.0, max(a_s - a_0, 0.0) / math.log(d_s / d_0)
    return max(a_s - a_1, 0.0) / (d_s - d_1), 0.0


@njit
def _in_sight_db(path: ItmPath, f: float, z_g: complex, m_d: float, a_d0: float) -> float:
    """Loss before the smooth-earth horizon: [ERL 79-ITS 67, eq. 3.19]."""
    a_s = m_d * path.d_sml + a_d0
    k1, k2 = _slopes_in_sight(path, f, z_g, m_d, a_d0, a_s)
    if k1 == 0.0 and k2 == 0.0:
        k1 = m_d
    fall: float = k1 * (path.d_sml - path.d) + k2 * math.log(path.d_sml / path.d)
    return a_s - fall


@njit
def _scatter_line(
    path: ItmPath, f: float, m_d: float, a_d0: float, x_ae: float
) -> tuple[float, float]:
    """Slope of the troposcatter line, and the distance where it takes over from diffraction.

    Where troposcatter is undefined, the diffraction line goes on.
    """
    d_5 = path.d_ml + 200e3
    d_6 = path.d_ml + 400e3
    h0_6 = frequency_gain_db(path, d_6, f)
    h0_5 = frequency_gain_db(path, d_5, f) if h0_6 <= 15.0 else h0_6
    if h0_5 == UNDEFINED_DB:
        return m_d, NEVER_M
    if h0_5 > 15.0:
        h0_5 = h0_6
    a_6 = troposcatter_db(path, d_6, f, h0_6)
    a_5 = troposcatter_db(path, d_5, f, h0_5)
    m_s = (a_6 - a_5) / 200e3
    crossing = (a_5 - a_d0 - m_s * d_5) / (m_d - m_s)
    nearest = max(path.d_sml, path.d_ml + 1.088 * x_ae * math.log(f))
    return m_s, max(nearest, crossing)


@njit
def reference_attenuation(path: ItmPath, f: float, z_g: complex) -> tuple[float, int]:
    """Reference attenuation in dB, below 0 counting as none, and which kind of path it is.

    It is NaN where a horizon is so near and steep that diffraction has no value.
    """
    x_ae = (path.a_e**2 / f) ** (1.0 / 3.0)
    d_3 = max(path.d_sml, path.d_ml + 5.0 * x_ae)
    d_4 = d_3 + 10.0 * x_ae
    a_3 = diffraction_db(path, d_3, f, z_g)
    m_d = (diffraction_db(path, d_4, f, z_g) - a_3) / (d_4 - d_3)
    a_d0 = a_3 - m_d * d_3
    if path.d < path.d_sml:
        return _in_sight_db(path, f, z_g, m_d, a_d0), LINE_OF_SIGHT
    m_s, d_x = _scatter_line(path, f, m_d, a_d0, x_ae)
    if path.d > d_x:
        return m_d * d_x + a_d0 + m_s * (path.d - d_x), TROPOSCATTER
    return m_d * path.d + a_d0, DIFFRACTION
