# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Calibrate to a drive test
#
# A model is off by some amount everywhere: powers in the table that are not those on the mast,
# trees, cars. A morning's drive tells by how much, and how sure the map is afterwards.
#
# 1. read what the logger wrote, and see what it rejects;
# 2. compare it with the prediction, pixel by pixel;
# 3. take the offset, but believe the error at roads that it was **not** fitted to;
# 4. set it, and watch how many places the model can now speak about.
#
# The province is made up, and **so is this drive test**: what `predict` says, 6 dB weaker, with
# shadowing of 6 dB that stays alike over some 500 m and 3 dB of noise from sample to sample, from
# a fixed seed. What comes out below must be these figures, or the method is wrong. Real
# measurements come at the end.

# %%
import gzip
import tempfile
from pathlib import Path

import geopandas as gpd
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter1d
from shapely.geometry import LineString

import phusong as ps
from phusong.gaps.answers import ANSWERS

BIAS_DB, SHADOWING_DB, NOISE_DB, SEED = 6.0, 6.0, 3.0, 20260301
folder = Path(tempfile.mkdtemp())

scene, network = ps.sample(resolution_m=250)
network = network.select(technologies="4G", operators="Operator A")
coverage = ps.predict(network, scene, service="vn_default", progress=False)

# %% [markdown]
# ## The drive
#
# From village to village, always to the nearest one not yet seen, a sample every 40 m.

# %%
crs = str(scene.grid.crs)
left = scene.villages[scene.villages["people"] > 400].to_crs(crs).geometry.tolist()
stops = [left.pop(0)]
while left:
    stops.append(left.pop(int(np.argmin([stops[-1].distance(stop) for stop in left]))))
road = LineString(stops)
road = LineString([road.interpolate(m) for m in np.arange(0, min(road.length, 400_000), 40.0)])
points = gpd.GeoSeries.from_xy(*np.array(road.coords).T, crs=crs)

level = coverage["level_dbm"].sel(operator="Operator A", technology="4G")
x, y = (np.array(axis) for axis in (points.x, points.y))
rows, cols = (level[axis].to_index() for axis in "yx")
predicted = level.to_numpy()[
    rows.get_indexer(y, method="nearest"), cols.get_indexer(x, method="nearest")
]

random = np.random.default_rng(SEED)
shadowing = gaussian_filter1d(random.normal(size=len(points)), 500 / 40)
shadowing *= SHADOWING_DB / shadowing.std()
measured = predicted - BIAS_DB + shadowing + random.normal(0, NOISE_DB, len(points))

# %% [markdown]
# Written as G-NetTrack writes it, with what real logs hold too: a ten-minute stop, samples
# without a satellite fix, and lines without a level where the handset lost the network.

# %%
place = points.to_crs(4326)
log = pd.DataFrame({"Longitude": place.x.round(6), "Latitude": place.y.round(6)})
log["Operator"], log["CGI"], log["NetworkTech"] = "45201", "452-01-1-1", "4G"
log["Level"] = [f"{dbm:.0f}" if dbm > -125 else "-" for dbm in measured]
log = log[np.isfinite(predicted)]
log.iloc[40:44, :2] = 0.0
log = pd.concat([log, *[log.iloc[[1000]]] * 600])
log.insert(0, "Timestamp", "2026.03.01_08.00.00")
log.to_csv(folder / "drive.txt", sep="\t", index=False)
print((folder / "drive.txt").read_text()[:320])

# %% [markdown]
# ## Read it
#
# Names of the columns and words are taken as loggers write them; the operator's code is told its
# name in the station table. Every row that is not used has its reason.

# %%
drive = ps.read_measurements(folder / "drive.txt", operators={"45201": "Operator A"})
drive

# %%
drive.findings.groupby(["severity", "column", "reason"])["row"].agg(["size", "first"])

# %% [markdown]
# The handset that lost the network is a warning: where there is no service there is no sample, so
# that what is left flatters the weakest places. Compare where the signal is well above that
# floor, and take lost rows for what they are, places without service.
#
# ## Compare
#
# In each pixel the median of its samples counts, so that the ten minutes at the stop count once.
# Residuals are *predicted less measured*: above zero the map is too bright.

# %%
comparison = coverage.compare(drive)
comparison

# %% [markdown]
# `mean_db` is the bias that was put in, 6 dB, a little less because the weakest samples were
# lost, and `sd_db` what cannot be mended by one number. `held_out_rmse_db` is the figure to
# believe: squares of 2 km are left out in turns, the offset is fitted to the others, and the
# error is told where it has not looked.

# %%
fig, (left_ax, right_ax) = plt.subplots(1, 2, figsize=(14, 6), layout="constrained")
pixels = comparison.pixels
level.plot.imshow(ax=left_ax, cmap="Greys_r", robust=True, add_colorbar=False)
drawn = left_ax.scatter(
    pixels["x"], pixels["y"], c=pixels["residual_db"], cmap="RdBu_r", vmin=-20, vmax=20, s=8
)
fig.colorbar(drawn, ax=left_ax, label="predicted less measured, dB")
left_ax.set(aspect="equal", title="where the map is too bright, and too dark")
left_ax.set_axis_off()
bins = np.arange(-25, 35, 2)
right_ax.hist(pixels["residual_db"], bins, color="#c2410c", alpha=0.6, label="as predicted")
right_ax.hist(
    pixels["held_out_db"], bins, color="#0b5394", alpha=0.6, label="offset of other blocks"
)
right_ax.axvline(0, color="black", lw=0.8)
right_ax.set(xlabel="predicted less measured, dB", ylabel="pixels", title="before and after")
right_ax.legend()

# %% [markdown]
# ## Set it
#
# The offset goes into the cells' power: it stands for all that is wrong by the same amount
# everywhere. `update` then computes only what that alters. The error that is left goes to
# `Uncertainty`, in place of the 9 dB of a P.1812 that nobody has measured.

# %%
calibrated = coverage.update(comparison.corrected(network), progress=False)
after = calibrated.compare(drive)
after.table[["operator", "technology", "mean_db", "sd_db", "held_out_rmse_db"]].round(1)

# %%
before = ps.find_gaps(coverage, causes=False)
error_db = comparison.model_error_db
now = ps.find_gaps(calibrated, causes=False, uncertainty=ps.Uncertainty(model_error_db=error_db))


def people_by_answer(gaps):
    """People of each answer for Operator A's 4G."""
    codes = gaps.answer.sel(operator="Operator A", technology="4G")
    names = ("served", "cannot_say", "not_served")
    return {name: float(scene.people.where(codes == ANSWERS[name]).sum()) for name in names}


told = pd.DataFrame(
    {
        "as predicted": people_by_answer(before),
        "with the offset": people_by_answer(ps.find_gaps(calibrated, causes=False)),
        "and the measured error": people_by_answer(now),
    }
)
told.round(-2).astype(int)

# %%
share = told.loc["cannot_say"] / told.sum() * 100
print(
    f"Set: power {comparison.table['offset_db'][0]:+.1f} dB for Operator A's 4G, and "
    f"ps.Uncertainty(model_error_db={error_db:.1f}).\nAt the right level, the model cannot say for "
    f"{share['with the offset']:.0f} % of people with the table's error, and for "
    f"{share['and the measured error']:.0f} % with the measured one."
)

# %% [markdown]
# The level falls by nearly 6 dB, and many places with it towards the threshold, where least can
# be told: honest, if less pleasant than before. The measured error then gives part of that back.
# More comes from a clutter map, which mends what an offset cannot.
#
# ## Real measurements
#
# 15,376 fixes from walks and drives in Ambato, where the data is beside the project. Their sites
# have neither heights nor powers and there is no terrain, so that nothing can be calibrated. But
# they tell how far samples in one place lie apart, which no model can mend.

# %%
above = [*(Path.cwd() / "here").parents, *Path(ps.__file__).parents]
shared = next((each / "shared" for each in above if (each / "shared").is_dir()), None)
if shared is None:
    print("The real measurements are not beside the project.")
else:
    packed = shared / "geodata/measurements/ambato_lte_rsrp.csv.gz"
    (folder / "ambato.csv").write_bytes(gzip.decompress(packed.read_bytes()))
    real = ps.read_measurements(folder / "ambato.csv")
    print(real)
    lte = real.samples[real.samples["technology"] == "4G"].to_crs(32717)
    square = (lte.geometry.x // 100).astype(int).astype(str) + (lte.geometry.y // 100).astype(str)
    spread = lte.groupby(square)["level_dbm"].agg(["size", "std"])
    spread = spread[spread["size"] >= 10]["std"]
    print(
        f"In squares of 100 m with 10 samples or more ({len(spread)}), samples lie "
        f"{spread.median():.1f} dB (standard deviation, median of the squares) from their mean."
    )
    lte.plot("level_dbm", cmap="viridis", markersize=3, legend=True, figsize=(8, 6))
