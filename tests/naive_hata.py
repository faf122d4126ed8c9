"""Slow, plain twins of free space, Okumura-Hata and COST-231-Hata, on NumPy arrays."""

import numpy as np


def free_space_db(distance_m, frequency_hz):
    return 20 * np.log10(4 * np.pi * distance_m * frequency_hz / 299792458)


def a_hm_db(f, hm, city):
    small = (1.1 * np.log10(f) - 0.7) * hm - 1.56 * np.log10(f) + 0.8
    low = 8.29 * np.log10(1.54 * hm) ** 2 - 1.1
    high = 3.2 * np.log10(11.75 * hm) ** 2 - 4.97
    return small if city == "small" else np.where(f <= 300, low, high)


def hata_db(d, f, hb, hm, environment, city):
    """Both formulas, each in its half of the spectrum; f in MHz, d in km."""
    hata = 69.55 + 26.16 * np.log10(f)
    cost = 46.3 + 33.9 * np.log10(f) + (3 if city == "large" else 0)
    urban = np.where(f > 1500, cost, hata) - 13.82 * np.log10(hb) - a_hm_db(f, hm, city)
    urban = urban + (44.9 - 6.55 * np.log10(hb)) * np.log10(d)
    suburban = urban - 2 * np.log10(f / 28) ** 2 - 5.4
    rural = urban - 4.78 * np.log10(f) ** 2 + 18.33 * np.log10(f) - 40.94
    return {"urban": urban, "suburban": suburban, "open": rural}[environment]
