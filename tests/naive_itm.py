"""A slow, plain twin of ITM's reference attenuation, on NumPy's own line fits and quantiles.

Written from the equations of the Algorithm and of ERL 79-ITS 67; heights and distances in m.
"""

import numpy as np

SQRT2 = np.sqrt(2)


def horizons(h, step, h_tx, h_rx, a_e):
    """Angle and distance of the horizons: the steepest inner point, or the other end."""
    n = len(h) - 1
    d = n * step
    z_tx, z_rx = h[0] + h_tx, h[-1] + h_rx
    from_tx = np.cumsum(np.full(n - 1, step))
    from_rx = np.subtract.accumulate(np.concatenate([[d], np.full(n - 1, step)]))[1:]
    found = []
    for near, far, x in ((z_tx, z_rx, from_tx), (z_rx, z_tx, from_rx)):
        straight = (far - near) / d - d / (2 * a_e)
        slopes = (h[1:-1] - near) / x - x / (2 * a_e)
        best = int(np.argmax(slopes))
        found.append((slopes[best], x[best]) if slopes[best] > straight else (straight, d))
    return found


def fitted_line(y, first, last):
    """Value at index 0 and slope of a line through points first to last, the outer two halved."""
    index = np.arange(first, last + 1)
    weight = np.ones(index.size)
    weight[[0, -1]] = 0.5
    slope, level = np.polyfit(index, y[first : last + 1], 1, w=np.sqrt(weight))
    return level, slope


def fitted_ends(h, step, start, end):
    n = len(h) - 1
    first, last = int(max(start / step, 0)), n - int(max(n - end / step, 0))
    if last <= first:
        first, last = max(first - 1, 0), min(last + 1, n)
    level, slope = fitted_line(h, first, last)
    return level, level + slope * n


def delta_h(h, step, start, end):
    """Interdecile range of heights about their line, brought to an endless path."""
    first, last = start / step, end / step
    if last - first < 2:
        return 0.0
    tenth = int(np.clip(int(0.1 * (last - first + 8)), 4, 25))
    count = 10 * tenth - 5
    y = np.interp(np.linspace(first, last, count), np.arange(len(h)), h)
    level, slope = fitted_line(y, 0, count - 1)
    ordered = np.sort(y - level - slope * np.arange(count))
    return (ordered[-tenth] - ordered[tenth - 1]) / (1 - 0.8 * np.exp(-(end - start) / 50e3))


def height_gain(x, k):
    """Vogler's F(x, K): near the antenna, far from it, and a blend between."""
    if x >= 200:
        high, far = 17.372 * np.log(x) - 117, 0.05751 * x - 4.343 * np.log(x)
        blend = 0.0134 * x * np.exp(-0.005 * x) if x < 2000 else 0.0
        return blend * high + (1 - blend) * far
    if k < 1e-5 or x * np.log(1 / k) ** 3 > 5495:
        return 17.372 * np.log(max(x, 1)) - 117
    return 2.5e-5 * x**2 / k + 8.686 * np.log(k) - 15


class Path:
    """Geometry of a profile, and the losses that follow from it."""

    def __init__(self, h, step, h_tx, h_rx, n0, f, z_g):
        h = np.asarray(h, float)
        n = len(h) - 1
        tenth = int(0.1 * n)
        self.f, self.z_g, self.h_g = f, z_g, (h_tx, h_rx)
        self.n_s = n0 * np.exp(-np.mean(h[tenth : n - tenth + 1]) / 9460)
        self.a_e = a_e = 1 / (157e-9 * (1 - 0.04665 * np.exp(self.n_s / 179.3)))
        self.d = d = n * step
        (th_1, d_1), (th_2, d_2) = horizons(h, step, h_tx, h_rx, a_e)
        start, end = min(15 * h_tx, 0.1 * d_1), d - min(15 * h_rx, 0.1 * d_2)
        self.delta_h = delta_h(h, step, start, end)
        if d_1 + d_2 > 1.5 * d:
            y = fitted_ends(h, step, start, end)
            h_e = np.array(
                [h_tx + max(h[0] - y[0], 0), h_rx + max(h[-1] - y[1], 0)],
            )
            reach = self.irregular_horizons(h_e).sum()
            if reach <= d:
                h_e = h_e * (d / reach) ** 2
            self.d_l = self.irregular_horizons(h_e)
            smooth = np.sqrt(2 * h_e * a_e)
            self.theta = (0.65 * self.delta_h * (smooth / self.d_l - 1) - 2 * h_e) / smooth
        else:
            y = (
                fitted_ends(h, step, start, 0.9 * d_1)[0],
                fitted_ends(h, step, d - 0.9 * d_2, end)[1],
            )
            h_e = np.array([h_tx + max(h[0] - y[0], 0), h_rx + max(h[-1] - y[1], 0)])
            self.d_l, self.theta = np.array([d_1, d_2]), np.array([th_1, th_2])
        self.h_e = h_e
        self.d_ls = np.sqrt(2 * h_e * a_e).sum()
        self.bend = max(self.theta.sum(), -self.d_l.sum() / a_e)

    def irregular_horizons(self, h_e):
        return np.sqrt(2 * h_e * self.a_e) * np.exp(
            -0.07 * np.sqrt(self.delta_h / np.maximum(h_e, 5))
        )

    def rough(self, d):
        return self.delta_h * (1 - 0.8 * np.exp(-d / 50e3))

    def deviation(self, d):
        return 0.78 * self.rough(d) * np.exp(-0.5 * self.rough(d) ** 0.25)

    def knife_edges(self, d):
        beyond = d - self.d_l.sum()
        v2 = 0.0795775 * self.f / 47.7 * (d / self.a_e + self.bend) ** 2  # 1 / (4 pi), rounded
        v2 = v2 * self.d_l * beyond / (beyond + self.d_l)
        near, far = 6.02 + 9.11 * np.sqrt(v2) - 1.27 * v2, 12.953 + 10 * np.log10(v2)
        return np.where(v2 < 5.76, near, far).sum()

    def smooth_earth(self, d):
        theta = d / self.a_e + self.bend
        beyond = d - self.d_l.sum()
        radius = np.array([beyond / theta, *(0.5 * self.d_l**2 / self.h_e)])
        arc = np.array([beyond, *self.d_l]) / 1000
        c0 = np.cbrt(4 / 3 * 6370e3 / radius)
        k = 0.017778 * c0 / np.cbrt(self.f) / abs(self.z_g)
        x = (1.607 - k) * c0**2 * np.cbrt(self.f) * arc
        gains = [height_gain(x[i], k[i]) for i in (1, 2)]
        return 0.05751 * x.sum() - 10 * np.log10(x.sum()) - sum(gains) - 20

    def diffraction(self, d):
        known = self.h_g[0] * self.h_g[1]
        heights = np.sqrt(1 + (self.h_e.prod() - known) / (known + 10))
        bent = (self.bend * self.a_e + self.d_l.sum()) / d
        w = 25.1 / (25.1 + np.sqrt((heights + bent) * min(self.rough(d) * self.f / 47.7, 6283.2)))
        clutter = 5 * np.log10(1 + 1e-5 * known * self.f * self.deviation(self.d_ls))
        return w * self.smooth_earth(d) + (1 - w) * self.knife_edges(d) + min(clutter, 15)

    def two_ray(self, d):
        k = self.f / 47.7
        sin = self.h_e.sum() / np.hypot(d, self.h_e.sum())
        r = (sin - self.z_g) / (sin + self.z_g) * np.exp(-min(10, k * self.deviation(d) * sin))
        if abs(r) ** 2 < max(0.25, sin):
            r = r / abs(r) * np.sqrt(sin)
        delta = 2 * k * self.h_e.prod() / d
        if delta > np.pi / 2:
            delta = np.pi - (np.pi / 2) ** 2 / delta
        return -20 * np.log10(abs(np.exp(-1j * delta) + r))

    def in_sight(self, slope, level):
        d_s, d_l = self.d_ls, self.d_l.sum()

        def loss(d):
            w = 1 / (1 + self.f * self.delta_h / max(10e3, d_s))
            return w * self.two_ray(d) + (1 - w) * (slope * d + level)

        a_s = slope * d_s + level
        d_0 = 0.04 * self.f * self.h_e.prod()
        if level >= 0:
            d_0 = min(d_0, d_l / 2)
            d_1 = d_0 + (d_l - d_0) / 4
        else:
            d_1 = max(-level / slope, d_l / 4)
        k_1 = k_2 = 0.0
        curved = False
        if d_0 < d_1:
            # K1 and K2 solve K1 (d - d_0) + K2 ln(d / d_0) = A - A_0 at d_1 and at d_s.
            a_0 = loss(d_0)
            matrix = [[d_1 - d_0, np.log(d_1 / d_0)], [d_s - d_0, np.log(d_s / d_0)]]
            k_2 = max(np.linalg.solve(matrix, [loss(d_1) - a_0, a_s - a_0])[1], 0)
            curved = level > 0 or k_2 > 0
            k_1 = (a_s - a_0 - k_2 * np.log(d_s / d_0)) / (d_s - d_0)
            if k_1 < 0:
                k_1, k_2 = 0.0, max(a_s - a_0, 0) / np.log(d_s / d_0)
        if not curved:
            k_1, k_2 = max(a_s - loss(d_1), 0) / (d_s - d_1), 0.0
        if k_1 == k_2 == 0:
            k_1 = slope
        return a_s + k_1 * (self.d - d_s) + k_2 * np.log(self.d / d_s)

    def frequency_gain(self, d):
        theta = d / self.a_e + self.theta.sum()
        r = 2 * self.f / 47.7 * theta * self.h_e
        if (r < 0.2).all():
            return np.nan
        # The end with the farther horizon comes first.
        far, near = (0, 1) if self.d_l[0] >= self.d_l[1] else (1, 0)
        unequal = self.d_l[far] - self.d_l[near]
        s = (d - unequal) / (d + unequal)
        q = np.clip(self.h_e[near] / self.h_e[far] / s, 0.1, 10)
        h_0 = (d**2 - unequal**2) * theta / (4 * d)
        air = 0.031 - 2.32e-3 * self.n_s + 5.67e-6 * self.n_s**2
        eta = h_0 / 1755.6 * (1 + air * np.exp(-(min(1.7, h_0 / 8000) ** 6)))
        a, b = [25, 80, 177, 395, 705], [24, 45, 68, 80, 105]
        curves = 10 * np.log10(1 + np.outer(r**-4.0, a) + np.outer(r**-2.0, b))
        mean = np.mean([np.interp(eta, np.arange(1, 6), curve) for curve in curves])
        more = 6 * (0.6 - np.log10(max(eta, 1))) * np.log10(max(s, 0.1)) * np.log10(q)
        h_0 = max(mean + min(mean, more), 0)
        if eta >= 1:
            return h_0
        none = np.prod(1 + SQRT2 / r) ** 2 * r.sum() / (r.sum() + 2 * SQRT2)
        return eta * h_0 + (1 - eta) * 10 * np.log10(none)

    def troposcatter(self, d, h_0):
        theta = d / self.a_e + self.bend
        td = theta * d / 1000
        a, b, c = (
            (133.4, 0.332, -10)
            if td <= 10
            else (104.6, 0.212, -2.5)
            if td <= 70
            else (71.8, 0.157, 5)
        )
        f_td = a + b * td + c * np.log10(td * 1000)
        refraction = 0.1 * (self.n_s - 301) * np.exp(-td / 40)
        return f_td + 10 * np.log10(self.f * theta**4) - refraction + h_0

    def reference_attenuation(self):
        unit = np.cbrt(self.a_e**2 / self.f)
        d_l = self.d_l.sum()
        d_3 = max(self.d_ls, d_l + 5 * unit)
        slope = (self.diffraction(d_3 + 10 * unit) - self.diffraction(d_3)) / (10 * unit)
        level = self.diffraction(d_3) - slope * d_3
        if self.d < self.d_ls:
            return max(self.in_sight(slope, level), 0.0)
        diffracted = slope * self.d + level
        far, farther = d_l + 200e3, d_l + 400e3
        gain_far, gain_farther = self.frequency_gain(far), self.frequency_gain(farther)
        if gain_farther > 15 or gain_far > 15:
            gain_far = gain_farther
        if np.isnan(gain_far):
            return max(diffracted, 0.0)
        a_far = self.troposcatter(far, gain_far)
        scatter_slope = (self.troposcatter(farther, gain_farther) - a_far) / 200e3
        crossing = (a_far - scatter_slope * far - level) / (slope - scatter_slope)
        d_x = max(self.d_ls, d_l + 1.088 * unit * np.log(self.f), crossing)
        if self.d <= d_x:
            return max(diffracted, 0.0)
        return max(slope * d_x + level + scatter_slope * (self.d - d_x), 0.0)
