"""Slow, plain twin of TR 38.901's path loss, probability of sight and penetration, on NumPy."""

import numpy as np

C = 3e8
# PL1: constant and slope; what the break point takes off PL2; PL': constant, slope, frequency,
# mobile's height.
URBAN = {
    "UMa": (28.0, 22, 9.0, (13.54, 39.08, 20.0, 0.6)),
    "UMi": (32.4, 21, 9.5, (22.4, 35.3, 21.3, 0.3)),
}


def los_db(scenario, d2d, f, hb, hm, h, he):
    """All in m and GHz; both branches are computed and one is chosen."""
    d3d = np.sqrt(d2d**2 + (hb - hm) ** 2)
    if scenario == "RMa":
        dbp = 2 * np.pi * hb * hm * f * 1e9 / C

        def pl1(d):
            a, b = np.minimum(0.03 * h**1.72, 10), np.minimum(0.044 * h**1.72, 14.77)
            free = 20 * np.log10(40 * np.pi * d * f / 3)
            return free + a * np.log10(d) - b + 0.002 * np.log10(h) * d

        return np.where(d2d <= dbp, pl1(d3d), pl1(dbp) + 40 * np.log10(d3d / dbp))
    constant, slope, drop, _ = URBAN[scenario]
    dbp = 4 * (hb - he) * (hm - he) * f * 1e9 / C
    near = constant + slope * np.log10(d3d) + 20 * np.log10(f)
    far = constant + 40 * np.log10(d3d) + 20 * np.log10(f)
    far = far - drop * np.log10(dbp**2 + (hb - hm) ** 2)
    return np.where(d2d <= dbp, near, far)


def nlos_db(scenario, d2d, f, hb, hm, w, h, he):
    d3d = np.sqrt(d2d**2 + (hb - hm) ** 2)
    if scenario == "RMa":
        prime = (
            161.04
            - 7.1 * np.log10(w)
            + 7.5 * np.log10(h)
            - (24.37 - 3.7 * (h / hb) ** 2) * np.log10(hb)
            + (43.42 - 3.1 * np.log10(hb)) * (np.log10(d3d) - 3)
            + 20 * np.log10(f)
            - (3.2 * np.log10(11.75 * hm) ** 2 - 4.97)
        )
    else:
        constant, slope, frequency, mobile = URBAN[scenario][3]
        prime = constant + slope * np.log10(d3d) + frequency * np.log10(f) - mobile * (hm - 1.5)
    return np.maximum(los_db(scenario, d2d, f, hb, hm, h, he), prime)


def probability(scenario, d, hm):
    if scenario == "RMa":
        return np.where(d <= 10, 1.0, np.exp(-(d - 10) / 1000))
    reach = {"UMa": 63, "UMi": 36}[scenario]
    p = 18 / d + np.exp(-d / reach) * (1 - 18 / d)
    if scenario == "UMa" and hm > 13:
        p = p * (1 + ((hm - 13) / 10) ** 1.5 * 5 / 4 * (d / 100) ** 3 * np.exp(-d / 150))
    return np.where(d <= 18, 1.0, p)


def penetration_db(f, depth, building):
    """The wall as a mean over its materials' power losses."""
    losses = {"glass": 2 + 0.2 * f, "coated": 23 + 0.3 * f, "concrete": 5 + 4 * f}
    shares = {
        "low": {"glass": 0.3, "concrete": 0.7},
        "high": {"coated": 0.7, "concrete": 0.3},
    }[building]
    power = sum(share * 10 ** (-losses[material] / 10) for material, share in shares.items())
    return 5 - 10 * np.log10(power) + 0.5 * depth
