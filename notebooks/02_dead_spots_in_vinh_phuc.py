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
# # Dead spots in Vinh Phuc, and what to do first
#
# Which five villages first, how sure is that, and why?
#
# The ground is real: terrain, today's 36 communes, people scaled to the census of 2019. **The
# stations are modelled**, for no operator publishes its own: the names below show how the answer
# is reached, and are no claim about any operator's network. Villages are not to be had either;
# *settlements*, clusters of the population named by commune and number, stand in for them.
#
# ## The answer
#
# Settlements without 3G and 4G of any operator, on pixels of 250 m. How sure: the chance that
# there is no service, with the usual 10 m of trees and houses on every path, with 5 m, and over
# bare ground.
#
# | first | people | how sure, % | why |
# |---|---:|---|---|
# | Tam Đảo 39 | 299 | 97, 80, 12 | clutter, and antennas that look below it; 6 km to its mast |
# | Tam Dương Bắc 35 | 298 | 100, 52, 28 | the same, high on the slope; 7 km |
# | Tam Dương Bắc 36 | 279 | 95, 90, 73 | behind terrain, 20 dB; 8 km |
# | Tam Dương Bắc 40 | 230 | 100, 75, 24 | clutter and antennas; 10 km |
# | Tam Đảo 57 | 146 | 94, 89, 74 | behind the ridge, 48 dB; 2 km |
#
# Four sites, each in one of them, would serve all five. If only two can be built, those at Tam
# Dương Bắc 36 and Tam Đảo 57 are the safe choice: most likely they have no service whatever grows
# there. And most people who may be without service live elsewhere, in towns of the plain where
# the model **cannot say**: measure there first (Phúc Yên 4, Xuân Lãng 4, Vĩnh Hưng 1, Nguyệt Đức
# 2, Vĩnh Phúc 1).
#
# The rest of the page is how that comes about. Where the data is not beside the project, it runs
# on the made-up sample province instead and gives that one's five.

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.patches import Patch, Rectangle

import phusong as ps
from phusong.links import loss_parts

above = [*(Path.cwd() / "here").parents, *Path(ps.__file__).parents]
data = next((each / "shared/geodata" for each in above if (each / "shared").is_dir()), None)

if data is None:
    print("The real data is not beside the project: this is the made-up sample province.")
    scene, network = ps.sample(resolution_m=250)
    builder = "Operator A"
else:
    scene = ps.Scene.open(
        terrain=data / "terrain/vinhphuc_srtm3.tif",
        communes=data / "communes/vinhphuc_2025.geojson",
        population=data / "population/worldpop2020_1km_UNadj_vinhphuc.tif",
        old_communes=data / "communes/three_provinces_2009.gpkg",
        old_people="pop_2019",  # the raster is 23 % under the census here
        resolution_m=250,
    )
    network = ps.read_stations(data / "stations_vinhphuc.csv")
    builder = "Viettel"  # reaches most people today

network = network.select(technologies=["3G", "4G"])
scene

# %% [markdown]
# ## Where nobody's 3G or 4G serves
#
# A place is *served* where an operator's level reaches the basic threshold with 90 % probability.
# Each answer has a chance: that the level, with the errors of model and terrain, is enough. From
# 90 % on it is "served", up to 10 % "not served", and between the model **cannot say**.

# %%
coverage = ps.predict(network, scene, service="vn_default", progress=False)
gaps = ps.find_gaps(coverage, service="vn_default", causes=False)
gaps


# %%
def chance_by_place(gaps):
    """Chance that the better of 3G and 4G of any operator serves each settlement."""
    rows = gaps.villages[gaps.villages["operator"] == "any"]
    return rows.groupby("code")["chance_served"].max()


places = gaps.villages.drop_duplicates("code").set_index("code")[["name", "people", "geometry"]]
places["served"] = chance_by_place(gaps)
answer = pd.cut(places["served"], [-1, 0.1, 0.9, 2], labels=["not served", "cannot say", "served"])
places.groupby(answer, observed=False)["people"].agg(["size", "sum"]).round(0)

# %% [markdown]
# Few places are surely without service, and they are small. For many more the model cannot say,
# and these have most of the people. They are two different jobs: **build** for the first,
# **measure** at the second.
#
# ## How much hangs on trees and houses
#
# Nothing moves the answer more than the clutter: without a map of it, 10 m of trees and houses
# stand on every path. So ask twice more, with half of that and with none at all. A place that has
# no service even over bare ground is behind the mountain, whatever grows there.

# %%
for clutter_m in (5, 0):
    other = ps.predict(network, scene, service="vn_default", clutter_m=clutter_m, progress=False)
    places[f"served_{clutter_m}m"] = chance_by_place(ps.find_gaps(other, causes=False))

dead = places[places["served"] <= 0.1]
stands = dead[dead["served_5m"] <= 0.5]
hard = dead[dead["served_0m"] <= 0.5]
print(
    f"{len(dead)} settlements are not served with 10 m of clutter; for {len(stands)} service stays "
    f"unlikely with 5 m, for {len(hard)} with none"
)

# %% [markdown]
# ## The five
#
# First come those that stay unlikely with half the clutter, then the others; of each the largest.
# Another order, such as villages without grid power first, is one line more where the data says
# so.

# %%
order = dead.assign(stands=dead["served_5m"] <= 0.5)
five = order.sort_values(["stands", "people"], ascending=False).head(5).to_crs(4326)
first = five.assign(
    **{
        "no service, %": 100 - 100 * five["served"],
        "with 5 m": 100 - 100 * five["served_5m"],
        "over bare ground": 100 - 100 * five["served_0m"],
    }
).drop(columns=["geometry", "served", "served_5m", "served_0m", "stands"])
first.round(0)

# %% [markdown]
# ## Why there
#
# Each place's best 4G server, the dB that it lacks, and what its signal loses on the way beyond
# the distance: to the terrain, to clutter, and to an antenna that looks elsewhere.

# %%
links = {
    five["name"][code]: coverage.explain(point.x, point.y, technology="4G")
    for code, point in five.geometry.items()
}
parts = {name: loss_parts(link) for name, link in links.items()}
why = pd.DataFrame(
    {
        "best server": [link.label for link in links.values()],
        "km": [link.path.length_km for link in links.values()],
        "lacks, dB": [-link.margin_db for link in links.values()],
        "terrain, dB": [part.terrain_db for part in parts.values()],
        "clutter, dB": [part.clutter_db for part in parts.values()],
        "antenna, dB": [part.antenna_db for part in parts.values()],
    },
    index=list(links),
)
why.round(1)

# %% [markdown]
# The one that the terrain costs most, drawn: what stands between its mast and the handset.

# %%
ax = links[why["terrain, dB"].idxmax()].plot()

# %% [markdown]
# ## What would serve them
#
# The least cost that reaches all five: masts of any operator to lease, high ground, or a site in
# the settlement itself. The prices are starting points of 2020 for low and middle income
# countries, **not Vietnamese ones**; give `costs=` a table of your own.

# %%
in_them = pd.DataFrame({"longitude": five.geometry.x, "latitude": five.geometry.y})
plan = ps.propose_sites(
    coverage,
    gaps,
    technology="4G",
    operator=builder,
    targets=list(five["name"]),
    candidates=ps.CandidateSettings(own=in_them),
    costs="lmic_2020",
    progress=False,
)
plan

# %%
plan.sites[["site_id", "kind", "owner", "tenure", "people_newly_served", "present_value", "reason"]]

# %% [markdown]
# Is it true? Add the sites to the network and predict again. A plan holds the threshold with the
# profile's probability; the chance below also allows for the model's own error, so that it may
# stay under 90 %.

# %%
again = ps.predict(plan.as_network(), scene, service="vn_default", progress=False)
after = ps.find_gaps(again, causes=False)
first["after the plan, %"] = 100 * chance_by_place(after).loc[five.index]
first.round(0)

# %% [markdown]
# ## Where to measure first
#
# The largest number of people who may have no service, where the model cannot say. A morning's
# drive at these settles more than any model: `05_calibrate_to_a_drive_test.py` shows what to do
# with it.

# %%
doubt = places[(places["served"] > 0.1) & (places["served"] < 0.9)]
doubt = doubt.assign(may_lack=doubt["people"] * (1 - doubt["served"])).nlargest(5, "may_lack")
doubt[["name", "people", "may_lack"]].round(0)

# %% [markdown]
# ## The map
#
# The whole province, and the surroundings of the five.

# %%
chance = gaps.chance.sel(operator="any").max("technology").where(scene.commune_labels > 0)
colours = ListedColormap(["#c2410c", "#e5e0d5", "#7fb3d5"])
marks = [
    (five.to_crs(scene.grid.crs), "o", "black", "no service: build first"),
    (doubt, "s", "#ffd43b", "cannot say: measure first"),
    (plan.sites.to_crs(scene.grid.crs), "^", "white", f"new site of {builder}"),
]
fig, axes = plt.subplots(1, 2, figsize=(15, 7.5), layout="constrained")
for ax in axes:
    levels = BoundaryNorm([0, 0.1, 0.9, 1], 3)
    chance.plot.imshow(ax=ax, cmap=colours, norm=levels, add_colorbar=False)
    scene.communes.boundary.plot(ax=ax, color="white", linewidth=0.8)
    for table, marker, colour, label in marks:
        table.plot(
            ax=ax, marker=marker, color=colour, edgecolor="black", markersize=60, label=label
        )
    ax.set(title="", aspect="equal")
    ax.set_axis_off()

west, south, east, north = marks[0][0].buffer(2500).total_bounds
axes[0].add_patch(Rectangle((west, south), east - west, north - south, fill=False, lw=1.5))
axes[1].set(xlim=(west, east), ylim=(south, north), title="the five")
axes[0].set(title="3G or 4G of any operator")
for ax, (table, *_) in zip(axes[::-1], marks[:2], strict=True):
    for name, point in zip(table["name"], table.geometry, strict=True):
        ax.annotate(
            name, (point.x, point.y), xytext=(0, 8), textcoords="offset points", ha="center"
        )
answers = [Patch(color=colours(i), label=name) for i, name in enumerate(answer.cat.categories)]
axes[0].legend(handles=[*axes[0].get_legend_handles_labels()[0], *answers], loc="lower left")

# %% [markdown]
# ## The answer, read out

# %%
bare = (five["served_0m"] <= 0.5).sum()
behind = (why["terrain, dB"] > why["clutter, dB"]).sum()
print(
    f"First: {', '.join(five['name'])}, {five['people'].sum():,.0f} people together.\n"
    f"How sure: {first['no service, %'].min():.0f} % or more that each has no service today with "
    f"the usual clutter, {first['with 5 m'].min():.0f} % or more with half of it; {bare} of the "
    "five most likely have none over bare ground either.\n"
    f"Why: their best masts are {why['km'].min():.0f} to {why['km'].max():.0f} km away; {behind} "
    f"lie behind terrain, {len(five) - behind} behind clutter.\n"
    f"What to do: {len(plan.sites)} sites of {builder} serve them, and in all "
    f"{plan.sites['people_newly_served'].sum():,.0f} people who have no 4G of {builder} today. "
    f"Measure first at {', '.join(doubt['name'])}: there the model cannot say."
)
