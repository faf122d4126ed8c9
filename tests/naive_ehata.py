"""Slow, plain twin of the extended Hata model, from TR-15-517 and Okumura with NumPy's own tools.

Profiles here run from the mobile to the base, heights ``z`` at steps of ``xi`` m.
"""

import numpy as np

C = 1 / np.sqrt(8.854e-12 * 4e-7 * np.pi)
FITTED_MHZ = np.array([1500.0, 2000.0, 3000.0])


def through(x, points):
    """Value at log10 ``x`` of the parabola through ``points`` at 1500, 2000 and 3000 MHz."""
    return np.polyval(np.polyfit(np.log10(FITTED_MHZ), points, 2), np.log10(x))


def median_db(f, hb, hm, d, environment):
    wave = 2e6 * np.pi / C
    reference = 13.82 * np.log10(200) + 3.2 * np.log10(11.75 * 3) ** 2 - 4.97
    slant = np.hypot(1000, 197)
    at_1 = through(f, [22, 23.5, 25.85] + 20 * np.log10(2 * wave * FITTED_MHZ * slant) + reference)
    att_1 = at_1 - reference - 20 * np.log10(2 * wave * f * slant)
    att_100 = 120.78129 - 52.714929 * np.log10(f) + 10.919011 * np.log10(f) ** 2
    n_h = 2 * np.polyval(np.polyfit(np.log10([24.5, 70, 200]), [1.5, 2.0, 2.22], 2), np.log10(hb))
    n_l = (44.9 - 6.55 * np.log10(hb)) / 10 - 2
    d_bp = 10 ** ((2 * n_h + (att_1 - att_100) / 10) / (n_h - n_l))
    heights = -13.82 * np.log10(hb) - 3.2 * np.log10(11.75 * hm) ** 2 + 4.97
    if d <= d_bp:
        urban = at_1 + heights + (44.9 - 6.55 * np.log10(hb)) * np.log10(d)
    else:
        free = 20 * np.log10(2 * wave * f * np.hypot(1000 * d, hb - hm))
        urban = att_100 + reference + heights + 10 * n_h * np.log10(d / 100) + free
    suburban = through(f, [11.5, 12.4, 14.0])
    rural = 40.94 - 18.33 * np.log10(f) + 4.78 * np.log10(f) ** 2
    return urban - {"urban": 0.0, "suburban": suburban, "rural": rural}[environment]


def over_ground_m(z, xi):
    """Height of the first point over the mean from 3 to 15 km away."""
    d = (z.size - 1) * (xi * 0.001)
    if d < 3:
        return 0.0
    far = z[int(3 / (xi * 0.001)) :]
    if d > 15:
        far = z[int(3 / (xi * 0.001)) : int(15 / (xi * 0.001)) + 1]
    return (z[0] - far.mean()) * min((d - 3) / 12, 1.0)


def quantiles_m(z, xi):
    d = (z.size - 1) * (xi * 0.001)
    near = np.sort(z if d < 10 else z[: int(10 / (xi * 0.001)) + 1])[::-1]
    at = [max(int(part * near.size - 1), 0) for part in (0.1, 0.5, 0.9)]
    scale = (1 - 0.8 * np.exp(-0.2)) / (1 - 0.8 * np.exp(-0.02 * d)) if d < 10 else 1.0
    return near[at] * scale


def slope_mrad(z, xi):
    length = (z.size - 1) * xi
    slopes = []
    for far in np.arange(5000, 10001, 1000):
        if length < far:
            break
        n = int(far / xi)
        half_ends = np.ones(n + 1)
        half_ends[[0, -1]] = np.sqrt(0.5)
        per_step = np.polyfit(np.arange(n + 1), z[: n + 1], 1, w=half_ends)[0]
        slopes.append(-1000 * per_step * n / far)
    if not slopes:
        return 0.0
    if length <= 5000 or min(slopes) * max(slopes) < 0:
        return slopes[0]
    return max(slopes) if max(slopes) >= 0 else min(slopes)


def slope_db(theta, d):
    if theta <= 0:
        return theta * np.interp(d, [10, 30], [0.25, 0.8])
    return theta * np.interp(d, [10, 30, 60], [0.125, 0.35, 0.6])


def rolling_db(z0, p10, p50, p90):
    deltah = p10 - p90
    x = np.log10(max(deltah, 15))
    median = -1.5072013 + 8.458676 * x - 6.102538 * x**2
    if deltah < 10:
        return median
    x = np.log10(deltah)
    k = -11.728795 + 15.544272 * x - 1.8154766 * x**2
    if z0 >= p10 or z0 <= p90:
        return median + (k if z0 >= p10 else -k)
    return median + np.interp(z0, [p90, p50, p10], [-k, 0, k])


def sea_db(z, d):
    sea = z == 0
    if not sea.any():
        return 0.0
    half = (z.size - 1) // 2
    at_mobile, at_base = sea[:half].sum(), sea[half:].sum()
    x30 = [0, 0.15, 0.35, 0.45, 0.6, 0.65, 0.725, 0.775, 0.85, 1]
    x60 = [0, 0.15, 0.3, 0.4, 0.5, 0.6, 0.725, 0.85, 0.9, 1]
    base = [
        np.interp(sea.mean(), x30, [0, 1, 3, 4, 6, 7, 8, 9, 10, 11]),
        np.interp(sea.mean(), x60, [0, 2, 4, 5.5, 7, 9, 11, 13, 14, 15]),
    ]
    mobile = [
        np.interp(sea.mean(), x30, [0, 4, 5.5, 7, 8.5, 9, 9.5, 9.8, 10.25, 11]),
        np.interp(sea.mean(), x60, [0, 4.25, 6.25, 9.2, 10.5, 11.75, 13, 14, 14.25, 15]),
    ]
    if at_mobile > at_base:
        curves = mobile
    elif at_base > at_mobile:
        curves = base
    else:
        curves = np.mean([mobile, base], axis=0)
    return np.interp(d, [30, 60], curves)


def horizons_m(z, xi, hm, hb):
    """Horizon distances by the largest elevation angle, over the effective earth."""
    x = np.arange(z.size) * xi
    gme = 157e-9 * (1 - 0.04665 * np.exp(301 * np.exp(-z.mean() / 9460) / 179.3))
    za, zb, length = z[0] + hm, z[-1] + hb, x[-1]

    def horizon(away, height, direct):
        angles = (height[1:-1]) / away[1:-1] - 0.5 * gme * away[1:-1]
        return away[1 + np.argmax(angles)] if angles.max() > direct - 0.5 * gme * length else length

    mobile = horizon(x, z - za, (zb - za) / length)
    base = length
    if mobile < length:
        back = length - x
        base = horizon(back, z - zb, (za - zb) / length)
    return mobile, base, gme


def ridge_db(z, xi, hm, hb):
    """Correction for one ridge, or None where there are two horizons."""
    mobile, base, gme = horizons_m(z, xi, hm, hb)
    length = (z.size - 1) * xi
    if abs(length - mobile - base) > 0.5 * xi:
        return None
    ray = ((hb + z[-1]) * base + (hm + z[0]) * mobile) / length
    edge = max(z[round(mobile / xi)] - ray + 0.5 * gme * mobile * base, 0.0)
    curves = [
        [4, -13, -17.5, -17.5, -15, -12.5, -10, -8, -6],
        [12, -8.5, -13, -12, -10, -8, -6.5, -5, -4],
        [20, -4, -6.5, -6, -4.5, -3.5, -2.5, -2, -1],
    ]
    at = mobile / 1000
    here = [
        np.interp(at, range(9), c) if at <= 8 else c[8] + (c[8] - c[7]) * (at - 8) for c in curves
    ]
    k = np.interp(base / 1000, [15, 30, 60], here)
    return np.sqrt(edge / 200) * (min(k, 0) if at > 2 else k)


def loss_db(z, xi, hm, hb, f, environment):
    """Basic transmission loss for half of the locations."""
    d = (z.size - 1) * xi / 1000
    hm_eff = np.clip(hm + over_ground_m(z, xi), 1, 10)
    hb_eff = np.clip(hb + over_ground_m(z[::-1], xi), 30, 200)
    loss = median_db(f, hb_eff, hm_eff, d, environment) - sea_db(z, d)
    ridge = ridge_db(z, xi, hm, hb)
    if ridge is not None:
        return loss - ridge
    hills = rolling_db(z[0], *quantiles_m(z, xi))
    return loss - hills - slope_db(slope_mrad(z, xi), d)
