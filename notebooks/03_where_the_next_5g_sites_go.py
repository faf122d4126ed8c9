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
# # Where the next 5G sites go, and why
#
# Operator A has 5G in its towns and money for a few sites a year. Where should they stand, on
# whose masts, in which year, and how much better could anybody else's choice be?
#
# The province is made up (`ps.sample`), and the prices are starting points of 2020 for low and
# middle income countries, **not Vietnamese ones**: put your own table in before a figure leaves
# the house (docs/costs.md).

# %%
import matplotlib.pyplot as plt
import pandas as pd

import phusong as ps
from phusong.planning import BackhaulSettings, Budgets

OPERATOR = {"operator": "Operator A", "technology": "5G"}

scene, network = ps.sample(resolution_m=300)
coverage = ps.predict(network, scene, service="vn_default", progress=False)
gaps = ps.find_gaps(coverage, service="vn_default", causes=False)

# %% [markdown]
# ## Who is unserved

# %%
unserved = gaps.communes.query("operator == 'Operator A' and technology == '5G'").copy()
unserved["unserved"] = unserved["people"] * (1 - unserved["served_people_pct"] / 100)
print(
    f"5G of Operator A serves {gaps.served_percent('5G', 'Operator A'):.1f} % of people; "
    f"{unserved['unserved'].sum():,.0f} are without it."
)
unserved.nlargest(5, "unserved")[["name", "people", "served_people_pct", "unserved"]].round(0)

# %% [markdown]
# ## The plan
#
# Candidates are the masts of every operator, to lease, then high ground and centres of unserved
# people. A site that cannot be connected is not offered: by radio hops in sight of another mast,
# or by fibre. Of equal gains the mast is taken. Asked is for the most people in ten sites.

# %%
plan = ps.propose_sites(
    coverage,
    gaps,
    **OPERATOR,
    count=10,
    costs="lmic_2020",
    backhaul=BackhaulSettings(),
    budgets=Budgets.read({2026: 200_000, 2027: 250_000, 2028: 2_000_000}),
    progress=False,
)
plan

# %% [markdown]
# ## How good is it at best
#
# The bound is what no ten of these candidates can exceed with their sectors as first aimed: not
# "a good heuristic", but a figure to hold the plan against. Afterwards the sectors of the ten are
# turned once more, together, which no bound knows of: that is why the curve ends above it.

# %%
print(
    f"{plan.objective:,.0f} people by this choice, at most {plan.bound:,.0f} by any other: "
    f"{plan.gap_percent:.2f} % from the best possible{', proven best' if plan.proven else ''}."
)
ax = plan.curve.plot("count", "people_newly_served", marker="o", legend=False, figsize=(8, 4))
ax.axhline(plan.bound, ls="--", color="grey")
ax.annotate(
    "at most, before the sectors are turned together",
    (1, plan.bound),
    xytext=(0, 5),
    textcoords="offset points",
)
ax.set(xlabel="sites", ylabel="people newly served", title="each further site brings less")

# %% [markdown]
# ## Lease or build, and why there

# %%
columns = ["site_id", "year", "tenure", "owner", "people_newly_served", "present_value", "backhaul"]
plan.sites[columns].round(0)

# %%
pd.set_option("display.max_colwidth", 110)
plan.sites[["site_id", "communes", "reason"]]

# %% [markdown]
# ## Which year
#
# The budgets are of capital; what is cheap for the people that it reaches comes first.

# %%
columns = ["year", "sites", "budget", "spent", "running_cost", "people_newly_served"]
plan.years[columns].round(0)

# %% [markdown]
# ## What a limit would cost
#
# A plan of nothing but leased masts: what does it give up? Leasing saves the tower and pays rent
# instead; in towns ten years' rent of this table is more than a tower, so that "lease first" is a
# matter of prices, and of permits, not a law.

# %%
leased = ps.propose_sites(
    coverage, gaps, **OPERATOR, count=10, candidates=["mast"], costs="lmic_2020", progress=False
)
pd.DataFrame(
    {
        name: {
            "people newly served": each.people_newly_served,
            "of them leased sites": (each.sites["tenure"] == "lease").sum(),
            "present value, USD": each.present_value,
            "USD a person": each.present_value / each.people_newly_served,
        }
        for name, each in {"all candidates, with backhaul": plan, "masts alone": leased}.items()
    }
).round(0)

# %% [markdown]
# ## Is the promise kept?
#
# Add the cells to the network and predict again. The gain must come out the same.

# %%
after = gaps.again(coverage.update(plan.as_network(), progress=False))
gain = after.served_percent("5G", "Operator A") - gaps.served_percent("5G", "Operator A")
found = gain / 100 * float(scene.communes["people"].sum())
print(f"promised {plan.people_newly_served:,.0f} people, found {found:,.0f}")

# %% [markdown]
# ## The map
#
# Around the ten sites, with their rank and year.

# %%
fig, axes = plt.subplots(1, 2, figsize=(15, 7), layout="constrained")
sites = plan.sites.to_crs(scene.grid.crs)
for ax, (name, each) in zip(axes, {"today": gaps, "with the plan": after}.items(), strict=True):
    each.plot("5G", "Operator A", ax=ax)
    scene.communes.boundary.plot(ax=ax, color="white", lw=0.6)
    west, south, east, north = sites.buffer(2500).total_bounds
    ax.set(xlim=(west, east), ylim=(south, north))
    ax.set_title(f"{name}: {each.served_percent('5G', 'Operator A'):.1f} % of people have 5G")
    ax.set_axis_off()
for tenure, marker in {"lease": "s", "own": "D", "build": "^"}.items():
    group = sites[sites["tenure"] == tenure]
    x, y = group.geometry.x, group.geometry.y
    axes[1].scatter(x, y, s=90, c="#f0f", marker=marker, edgecolor="black", label=tenure)
for site in sites.itertuples():
    axes[1].annotate(
        f"{site.rank} ({site.year})",
        (site.geometry.x, site.geometry.y),
        xytext=(7, 5),
        textcoords="offset points",
        bbox={"boxstyle": "round,pad=0.15", "fc": "white", "alpha": 0.85, "lw": 0},
    )
axes[1].legend(loc="lower left", title="tenure")
