"""Putting sites into years so that no year's budget is broken."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from phusong.planning.budgets import Budgets

__all__ = ["pack"]


def pack(
    sites: Iterable[int],
    cost: npt.NDArray[np.float64],
    budgets: Budgets,
    spent: npt.NDArray[np.float64],
    built: npt.NDArray[np.float64],
    years: Iterable[int],
) -> dict[int, int]:
    """Put each site, the dearest first, into the first of some years in which it fits.

    Parameters
    ----------
    sites
        Candidates.
    cost : float64 (candidates,)
        Of each.
    budgets
        What each year may spend and build.
    spent, built : float64 (years,)
        What all years spend and build without those sites.
    years
        Places of the years in ``budgets`` that they may go into, the most wanted first.

    Returns
    -------
    dict
        The year's place of each site that fits.
    """
    spent, built, wanted = spent.copy(), built.copy(), tuple(years)
    into: dict[int, int] = {}
    for site in sorted(sites, key=lambda each: (-cost[each], each)):
        for year in wanted:
            spent[year] += cost[site]
            built[year] += 1.0
            if budgets.keeps(spent, built):
                into[site] = year
                break
            spent[year] -= cost[site]
            built[year] -= 1.0
    return into
