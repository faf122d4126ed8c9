"""Slow, plain twin of P.838-3, its Tables 1 to 4 by columns."""

import numpy as np

# Rows a, b and c of the Recommendation's tables, then m and c of the straight line.
KH = [-5.33980, -0.35351, -0.23789, -0.94158], [-0.10008, 1.26970, 0.86036, 0.64552]
KH = *KH, [1.13098, 0.45400, 0.15354, 0.16817], -0.18961, 0.71147
KV = [-3.80595, -3.44965, -0.39902, 0.50167], [0.56934, -0.22911, 0.73042, 1.07319]
KV = *KV, [0.81061, 0.51059, 0.11899, 0.27195], -0.16398, 0.63297
AH = [-0.14318, 0.29591, 0.32177, -5.37610, 16.1721]
AH = AH, [1.82442, 0.77564, 0.63773, -0.96230, -3.29980]
AH = *AH, [-0.55187, 0.19822, 0.13164, 1.47828, 3.43990], 0.67849, -1.95537
AV = [-0.07771, 0.56727, -0.20238, -48.2991, 48.5833]
AV = AV, [2.33840, 0.95545, 1.14520, 0.791669, 0.791459]
AV = *AV, [-0.76284, 0.54039, 0.26809, 0.116226, 0.116479], -0.053739, 0.83433


def curve(f, table):
    a, b, c, m, c0 = (np.asarray(column) for column in table)
    return float(np.sum(a * np.exp(-(((np.log10(f) - b) / c) ** 2))) + m * np.log10(f) + c0)


def k_alpha(f, elevation, tilt):
    kh, kv = 10 ** curve(f, KH), 10 ** curve(f, KV)
    ah, av = curve(f, AH), curve(f, AV)
    mix = np.cos(np.radians(elevation)) ** 2 * np.cos(np.radians(2 * tilt))
    k = (kh + kv + (kh - kv) * mix) / 2
    return k, (kh * ah + kv * av + (kh * ah - kv * av) * mix) / (2 * k)
