"""Hard rules of a plan: which sites it must and must not use, and how many where."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from phusong.planning.problem import Limit

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene

__all__ = ["SiteDuty", "SitingRules", "candidates_named", "limits_of", "rule_problems"]

Ints = npt.NDArray[np.int32]


@dataclass(frozen=True)
class SiteDuty:
    """So many new sites at least in some communes, such as 650 in listed ones.

    Attributes
    ----------
    name
        What people call it.
    communes
        Their codes.
    least
        New sites in them, at least.
    """

    name: str
    communes: tuple[str, ...]
    least: int


@dataclass(frozen=True)
class SitingRules:
    """What a plan must keep to, for `phusong.propose_sites`.

    Attributes
    ----------
    required, forbidden
        Candidates that must, and must not, be used: the site id of a mast, or the name of a
        position in a list of your own.
    most_per_commune
        New sites in one commune at most.
    duties
        Least numbers of sites in groups of communes.
    servers
        By kind of facility, how many sites must serve it, those that serve it now counted too:
        ``{"hospital": 2}``.
    keep_spacing
        Keep the least distances between masts (see `phusong.planning.spacing`).
    """

    required: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    most_per_commune: int | None = None
    duties: tuple[SiteDuty, ...] = ()
    servers: Mapping[str, int] = field(default_factory=dict)
    keep_spacing: bool = True


def rule_problems(rules: SitingRules, scene: "Scene") -> Iterator[str]:
    """Why rules cannot be used on a scene, before there are candidates."""
    both = sorted(set(rules.required) & set(rules.forbidden))
    if both:
        yield f"rules: {', '.join(both)} both required and forbidden"
    most = rules.most_per_commune
    if most is not None and most < 0:
        yield f"rules: most_per_commune is {most}: give 0 or more"
    codes = set(scene.communes["code"])
    for duty in rules.duties:
        if duty.least < 0:
            yield f"rules: duty {duty.name!r} asks for {duty.least} sites: give 0 or more"
        yield from (
            f"rules: duty {duty.name!r} names {code!r}, which is no commune of the scene"
            for code in duty.communes
            if code not in codes
        )
    kinds = set() if scene.facilities is None else set(scene.facilities["kind"])
    for kind, servers in rules.servers.items():
        if kind not in kinds:
            there = ", ".join(sorted(kinds)) or "none"
            yield f"rules: servers names {kind!r}, no kind of the scene's facilities: {there}"
        if not 1 <= servers <= 100:
            yield f"rules: servers of {kind!r} is {servers}: give 1 to 100"


def candidates_named(names: Sequence[str], candidates: gpd.GeoDataFrame) -> tuple[Ints, list[str]]:
    """Rows of the candidates of those names, in order, and the names that no candidate has."""
    by_name: dict[str, int] = {}
    for row, given in enumerate(_names(candidates)):
        for name in given:
            by_name.setdefault(name, row)
    found = sorted({by_name[name] for name in names if name in by_name})
    return np.array(found, dtype=np.int32), [name for name in names if name not in by_name]


def _names(candidates: gpd.GeoDataFrame) -> Iterator[list[str]]:
    own = candidates["name"] if "name" in candidates else [""] * len(candidates)
    for site_ids, name in zip(candidates["site_ids"], own, strict=True):
        yield [each for each in (*str(site_ids).split(", "), str(name)) if each]


def limits_of(
    rules: SitingRules, communes: Sequence[str], names: Mapping[str, str]
) -> tuple[Limit, ...]:
    """Rules over how many sites; ``communes`` has each candidate's, ``names`` theirs by code."""
    code = np.asarray(communes, dtype=object)
    limits = [
        Limit(duty.name, _rows(np.isin(code, duty.communes)), least=duty.least)
        for duty in rules.duties
    ]
    if rules.most_per_commune is not None:
        limits += [
            Limit(f"sites in {names.get(each, each)}", _rows(code == each), most=most)
            for most in [rules.most_per_commune]
            for each in _distinct(code)
        ]
    return tuple(limits)


def _distinct(codes: Iterable[str]) -> list[str]:
    return sorted({str(code) for code in codes if code})


def _rows(chosen: npt.NDArray[np.bool_]) -> Ints:
    return np.flatnonzero(chosen).astype(np.int32)
