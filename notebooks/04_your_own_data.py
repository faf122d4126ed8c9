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
# # Your own data: from a messy table to a first map
#
# Tables of stations come as they are: `;` between the fields, Vietnamese headers, decimal commas,
# degrees and minutes, longitude and latitude swapped, N/A, watts in a column of dBm. phusong
# reads what it safely can, rejects what it cannot, and says of every row which. Nothing is
# dropped silently.
#
# 1. read the table, and its findings;
# 2. mend what was rejected, in the table itself;
# 3. read it again, and draw the first map.
#
# The rows are made up: stations of the sample province, damaged as real tables are. Put the path
# of your own file in place of `messy` and go on from there.

# %%
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

import phusong as ps

scene, network = ps.sample(resolution_m=300)
folder = Path(tempfile.mkdtemp())
messy = folder / "tram.csv"

# %% [markdown]
# ## A table as it is sent

# %%
headers = {
    "site_id": "Mã trạm",
    "cell_id": "Tên cell",
    "operator": "Nhà mạng",
    "technology": "Công nghệ",
    "frequency_mhz": "Tần số (MHz)",
    "longitude": "Kinh độ",
    "latitude": "Vĩ độ",
    "antenna_height_m": "Độ cao anten (m)",
    "azimuth_deg": "Góc phương vị",
    "electrical_tilt_deg": "Tilt điện",
    "power_dbm": "Công suất (dBm)",
    "antenna_gain_dbi": "Độ lợi (dBi)",
}
good = network.select(operators="Operator A", technologies="4G").cells
sent = good[list(headers)].rename(columns=headers).astype(object)


def degrees_minutes_seconds(degrees, letter):
    minutes = degrees % 1 * 60
    return f"{int(degrees)}°{int(minutes)}'{minutes % 1 * 60:.2f}\"{letter}"


at = {header: sent.columns.get_loc(header) for header in headers.values()}
lon, lat = at["Kinh độ"], at["Vĩ độ"]
for row in (2, 3, 4):
    sent.iloc[row, lon] = str(sent.iloc[row, lon]).replace(".", ",")
for row in (9, 10, 11):
    sent.iloc[row, lon] = degrees_minutes_seconds(sent.iloc[row, lon], "E")
    sent.iloc[row, lat] = degrees_minutes_seconds(sent.iloc[row, lat], "N")
for row in (18, 19, 20):
    sent.iloc[row, [lon, lat]] = sent.iloc[row, [lat, lon]].to_list()
sent.iloc[30, [lon, lat]] = 0
sent.iloc[33, lon] = sent.iloc[33, lon] / 10
sent.loc[sent["Mã trạm"].isin(["A034", "A077", "A080", "A082"]), "Góc phương vị"] = "N/A"
sent.iloc[37, at["Góc phương vị"]] = 480
sent.iloc[40, at["Công suất (dBm)"]] = "40 W"
sent.iloc[43, at["Tần số (MHz)"]] = None
sent.iloc[46, at["Công nghệ"]] = "6G"
sent.iloc[49, at["Độ cao anten (m)"]] = -30
sent = pd.concat([sent, sent.iloc[[60]]])
sent.to_csv(messy, sep=";", index=False, encoding="utf-8-sig")
print("\n".join(messy.read_text("utf-8-sig").splitlines()[:5]))

# %% [markdown]
# ## Read it
#
# `area` says where your stations may stand; without it, a box around Vietnam. With it, swapped
# coordinates are seen, and slipped decimals.

# %%
AREA = (152.0, 20.8, 153.1, 21.9)
first = ps.read_stations(messy, area=AREA)
first

# %%
first.findings.groupby("severity").size()

# %% [markdown]
# ## What was repaired
#
# Taken, and said: check a few, then forget them.

# %%
pd.set_option("display.max_colwidth", 70)
repaired = first.findings.query("severity == 'repaired'")
repaired[["row", "column", "value", "reason"]]

# %% [markdown]
# ## What was rejected
#
# Row by row as the spreadsheet numbers them: what stands there, why it cannot be used, and the
# mend. This is the list to send back to whoever sent the table.

# %%
rejected = first.findings.query("severity == 'rejected'")
rejected[["row", "column", "value", "reason", "mend"]]

# %%
first.findings.query("severity in ('warning', 'info')")[["column", "value", "reason"]]

# %% [markdown]
# ## From findings back to a mended table
#
# Mend in the table as it was sent, by the findings' row numbers, so that it stays the operator's
# own. Here the answers come from the undamaged sample; yours come from a telephone call.

# %%
table = pd.read_csv(messy, sep=";", dtype=object, encoding="utf-8-sig")
table.index += 2  # rows as the findings and a spreadsheet count them: the header is row 1

told = good.set_index("cell_id")
again = rejected["reason"].str.contains("once more")
for row, columns in rejected.loc[~again, ["row", "column"]].itertuples(index=False):
    for column in columns.split(", "):
        table.loc[row, headers[column]] = told.loc[table.loc[row, "Tên cell"], column]
table = table.drop(index=rejected.loc[again, "row"])

mended = folder / "tram_mended.csv"
table.to_csv(mended, sep=";", index=False, encoding="utf-8-sig")
second = ps.read_stations(mended, area=AREA)
print(
    f"{len(first.cells)} cells of {len(sent)} rows before, {len(second.cells)} after; "
    f"{(second.findings['severity'] == 'rejected').sum()} rows still rejected"
)

# %% [markdown]
# A clean table, with canonical headers and all repairs made, is one line more:

# %%
second.cells.to_csv(folder / "stations.csv", index=False)
clean = ps.read_stations(folder / "stations.csv", area=AREA)
clean.findings["severity"].value_counts()

# %% [markdown]
# ## Was it worth it?
#
# The same map by the table as it was sent and by the mended one. A rejected row is a mast that is
# not there: its villages would have been called dead spots.

# %%
maps = {
    name: ps.find_gaps(ps.predict(found, scene, progress=False), causes=False)
    for name, found in {"as sent": first, "mended": second}.items()
}
fig, axes = plt.subplots(1, 2, figsize=(14, 6), layout="constrained")
for ax, (name, gaps) in zip(axes, maps.items(), strict=True):
    gaps.plot("4G", "Operator A", ax=ax)
    percent = gaps.served_percent("4G", "Operator A")
    ax.set_title(f"{name}: {percent:.1f} % of people served by 4G of Operator A")
    ax.set_axis_off()

# %% [markdown]
# Next: terrain, people and communes of your own (`ps.Scene.open`, README), then
# `02_dead_spots_in_vinh_phuc`. On the command line `phusong check` and `phusong run` do the same
# from a settings file, and put the findings into the workbook, in Vietnamese where asked.
