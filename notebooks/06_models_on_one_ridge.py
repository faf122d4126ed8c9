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
# # Every model on one ridge
#
# The same mast, the same valley behind the ridge, nine models. Where do they agree, where do they
# differ by more than any drive test could excuse, and why?
#
# The province is made up (`ps.sample`); its ridge rises 1,500 m out of a plain, as Tam Dao does.

# %%
import geopandas as gpd
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import phusong as ps

scene, network = ps.sample(resolution_m=250)

# %% [markdown]
# ## The path
#
# From a mast in the plain over the highest pixel, and as far again beyond it.

# %%
crs = str(scene.grid.crs)
ground = scene.terrain[scene.window]
row, column = np.unravel_index(np.argmax(ground.to_numpy()), ground.shape)
top = gpd.GeoSeries.from_xy([float(ground.x[column])], [float(ground.y[row])], crs=crs)

masts = network.sites().to_crs(crs)
masts["km"] = masts.distance(top[0]) / 1000
mast = masts[masts["km"] > 12].sort_values("km").iloc[0]

start = np.array([mast.geometry.x, mast.geometry.y])
over = np.array([top[0].x, top[0].y]) - start
share = np.linspace(0.02, 1.5, 150)
points = gpd.GeoSeries.from_xy(*(start + share[:, None] * over).T, crs=crs)
inside = points.within(scene.communes.union_all().convex_hull)
points = points[inside].to_crs(4326)

# %% [markdown]
# One call a place: `ps.link(..., model="all")` gives each model's loss, or why it gives none. The
# first call compiles nine kernels and takes a while, the others milliseconds. 1.8 GHz over bare
# terrain, so that the ridge alone speaks.

# %%
radio = {
    "tx_height_m": mast["antenna_height_m"],
    "frequency_mhz": 1842.5,
    "power_dbm": 46.0,
    "antenna_gain_dbi": 17.5,
}
[tx] = gpd.GeoSeries([mast.geometry], crs=crs).to_crs(4326)
links = [
    ps.link(scene, (tx.x, tx.y), (point.x, point.y), model="all", clutter_m=0, **radio)
    for point in points
]
km = np.array([link.path.length_km for link in links])
losses = pd.concat([link.models.assign(km=link.path.length_km) for link in links])
loss = losses.pivot_table(index="km", columns="model", values="loss_db")
print(f"{len(links)} places, {km.min():.1f} to {km.max():.1f} km from {mast['site_id']}")

# %% [markdown]
# ## The figure
#
# Above, what each model adds to free space; below, the ground, and whether bare terrain hides it
# from the mast.

# %%
shown = {
    "p1812": ("P.1812-8", "#0b5394", 2.4),
    "itm": ("ITM (Longley-Rice)", "#cc6600", 1.6),
    "ehata": ("extended Hata", "#2a9d8f", 1.6),
    "spm": ("SPM, not tuned", "#9467bd", 1.2),
    "hata": ("Okumura-Hata, no terrain", "#888888", 1.6),
    "tr38901_rma": ("TR 38.901 RMa", "#b3001b", 1.2),
}
fig, (above, below) = plt.subplots(
    2, 1, figsize=(11, 8), sharex=True, height_ratios=(3, 1.3), layout="constrained"
)
for name, (label, colour, width) in shown.items():
    above.plot(loss.index, loss[name] - loss["free_space"], color=colour, lw=width, label=label)
above.axhline(0, color="black", lw=0.8, ls="--")
above.set(ylabel="loss over free space, dB", ylim=(-5, 150))
above.legend(ncols=2, loc="upper left")
above.set_title(f"1.8 GHz from {mast['site_id']}, {radio['tx_height_m']:.0f} m, over the ridge")

profile = links[-1].profile
below.fill_between(profile["distance_km"], profile["height_m"], color="#b9a98b")
seen = np.array([link.line_of_sight for link in links])
height = np.interp(km, profile["distance_km"], profile["height_m"])
below.scatter(km[seen], height[seen], s=9, color="#2a9d8f", label="in sight of the mast")
below.scatter(km[~seen], height[~seen], s=9, color="#b3001b", label="hidden by terrain")
below.set(xlabel="distance from the mast, km", ylabel="ground, m")
below.legend(loc="upper left")

# %% [markdown]
# ## Three places in figures
#
# On the plain, in the foothills, and in the valley behind the ridge: loss in dB.

# %%
crest_km = float(profile["distance_km"][profile["height_m"].idxmax()])
places = {"plain": 0.33 * crest_km, "foothills": 0.77 * crest_km, "valley": km.max()}
nearest = {name: links[int(np.abs(km - at).argmin())] for name, at in places.items()}
table = pd.DataFrame(
    {
        f"{name}, {link.path.length_km:.1f} km": link.models.set_index("model")["loss_db"]
        for name, link in nearest.items()
    }
)
table.round(1)

# %% [markdown]
# And what a planner asks: at how many of the places behind the crest is there basic service, with
# the profile's 90 %?

# %%
margin = losses.pivot_table(index="km", columns="model", values="margin_db")
behind = margin[margin.index > crest_km + 0.2]
(behind >= 0).mean().mul(100).round(0).rename("served behind the ridge, %")

# %%
valley = nearest["valley"]
valley.models.set_index("model")[["level_dbm", "margin_db", "notes"]].round(1)

# %% [markdown]
# ## When they differ, and why
#
# - **On the plain, in sight**, P.1812 and ITM give free space: over bare ground the handset sees
#   the mast. Hata and SPM give 35 to 48 dB more, since houses are in the measurements that they
#   were made of. That is no quarrel about terrain but about clutter: with `clutter_m=10`,
#   `predict`'s default, P.1812 comes near Hata.
# - **Behind a foothill** all that walk the profile rise at the same place. P.1812 turns the
#   profile into one equivalent edge (Bullington) and adds some 40 dB; ITM takes both horizons,
#   with hills rounded, and adds 70.
# - **Behind the ridge** they part: some 60 dB over free space by P.1812, twice that by ITM and by
#   SPM's three edges (Deygout). For service it is all one: at -150 dBm and at -200 there is
#   equally none.
# - **TR 38.901** asks whether there is sight and no more: one curve with it and one without, the
#   same behind a hill of 100 m as behind one of 1,500. Over 5 km it is outside its range, and
#   says so.
# - **Extended Hata** corrects for slopes and rolling hills, not for a wall: beyond the crest it
#   leaps, by up to 150 dB over a few pixels.
# - **Hata and free space** know distance alone. Free space serves the whole valley: a map made
#   with it is one of circles.
#
# So: on the plain any of them will do after an offset (`05_calibrate_to_a_drive_test`). Near
# ridges take one that walks the profile, and trust the *place* of the shadow more than its depth.

# %% [markdown]
# One link drawn, with its Fresnel zone and what obstructs it: the last place, in the valley.

# %%
ax = valley.plot()
