"""The loss of one path by every model, with each one's terms, or the reason why it has none."""

import csv
import inspect
import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from phusong.errors import InputError, OutOfRangeError, PhusongError, PhusongWarning
from phusong.links.profile import TerrainPath
from phusong.links.settings import LinkSettings
from phusong.propagation import ehata, free_space, hata, itm, p1812, spm, tr38901

__all__ = ["MODELS", "WITHOUT_TERRAIN", "ModelLoss", "chosen_models", "model_loss", "term_meaning"]

EHATA_ENVIRONMENTS = {"urban": "urban", "suburban": "suburban", "open": "rural"}
# What every door takes from the link itself, and no option may change.
GIVEN = {"distance_km", "height_m", "frequency_ghz", "tx_height_m", "rx_height_m", "scenario"}

WITHOUT_TERRAIN = {"free_space", "hata"}
"""Models that take no profile."""

Options = dict[str, Any]
# The model's terms by name, and how it was used.
_Answer = tuple[dict[str, float], str]
_Way = Callable[[TerrainPath, LinkSettings, Options], _Answer]


class ModelLoss(NamedTuple):
    """What a model says of a path: ``loss_db`` is NaN where ``reason`` says why there is none.

    ``notes`` says how it was used, and what it warns of.
    """

    name: str
    source: str
    loss_db: float
    terms: Mapping[str, float]
    reason: str
    notes: str


class _Model(NamedTuple):
    source: str
    family: str
    loss_term: str
    door: Callable[..., Any]
    answer: _Way


def _asked(settings: LinkSettings, options: Options, **usual: Any) -> dict[str, Any]:
    """Keywords of a model's door: both ends, what the link says of the path, the user's own."""
    ends = {
        "frequency_ghz": settings.frequency_ghz,
        "tx_height_m": settings.tx_height_m,
        "rx_height_m": settings.rx_height_m,
    }
    return ends | usual | options


def _by_p1812(path: TerrainPath, settings: LinkSettings, options: Options) -> _Answer:
    asked = _asked(
        settings,
        options,
        clutter_m=path.clutter_m,
        zone=path.zone,
        tx_coast_km=path.stretches.dct,
        rx_coast_km=path.stretches.dcr,
        time_percent=settings.time_percent,
        polarization=settings.polarization,
        latitude_deg=path.latitude_deg,
        delta_n=settings.delta_n,
        n0=settings.n0,
    )
    terms = p1812.loss_terms(path.distance_km, path.height_m, **asked)
    return terms, _over(settings)


def _by_itm(path: TerrainPath, settings: LinkSettings, options: Options) -> _Answer:
    asked = _asked(
        settings,
        options,
        time_percent=settings.time_percent,
        polarization=settings.polarization,
        n0=settings.n0,
    )
    terms = itm.loss_terms(path.distance_km, path.surface_m, **asked)
    warned = itm.Warnings(int(terms["warnings"]))
    if itm.Warnings.NO_DIFFRACTION in warned:
        raise OutOfRangeError("; ".join(warned.meanings))
    mode = itm.Mode(int(terms["mode"])).name.lower().replace("_", " ")
    return terms, "; ".join([_over(settings), f"range of {mode}", *warned.meanings])


def _by_ehata(path: TerrainPath, settings: LinkSettings, options: Options) -> _Answer:
    asked = _asked(settings, options, environment=EHATA_ENVIRONMENTS[settings.environment])
    terms = ehata.loss_terms(path.distance_km, path.height_m, **asked)
    return terms, f"over bare terrain; {asked['environment']}"


def _by_hata(path: TerrainPath, settings: LinkSettings, options: Options) -> _Answer:
    asked = _asked(settings, options, environment=settings.environment)
    terms = hata.loss_terms(path.length_km, **asked)
    return terms, f"without terrain; {asked['environment']}"


def _by_free_space(path: TerrainPath, settings: LinkSettings, options: Options) -> _Answer:
    loss = free_space.loss_db(path.slant_km, frequency_ghz=settings.frequency_ghz, **options)
    return {"Lbf": float(loss)}, "without terrain"


def _by_spm(path: TerrainPath, settings: LinkSettings, options: Options) -> _Answer:
    asked = _asked(
        settings,
        options,
        clutter_m=path.clutter_m,
        effective_radius_km=path.ae,
        effective_height="spot",
    )
    terms = spm.loss_terms(path.distance_km, path.height_m, **asked)
    tuned = "tuned factors" if "coefficients" in options else "factors not tuned"
    return terms, f"{_over(settings)}; {tuned}"


def _by_tr38901(scenario: str) -> _Way:
    def answer(path: TerrainPath, settings: LinkSettings, options: Options) -> _Answer:
        clear = path.in_sight(path.surface_m)
        asked = _asked(settings, options, scenario=scenario, line_of_sight=clear)
        terms = tr38901.loss_terms(path.length_km, **asked)
        return terms, f"{'in' if asked['line_of_sight'] else 'out of'} sight, {_over(settings)}"

    return answer


def _over(settings: LinkSettings) -> str:
    if settings.clutter_m is None:
        return "over terrain and clutter"
    return f"over terrain and {settings.clutter_m:g} m of clutter"


_TR38901 = ("3GPP TR 38.901 V18", "tr38901", "PL", tr38901.loss_terms)

MODELS: Mapping[str, _Model] = {
    "p1812": _Model("ITU-R P.1812-8", "p1812", "Lb", p1812.loss_terms, _by_p1812),
    "itm": _Model("NTIA ITM 1.4", "itm", "A", itm.loss_terms, _by_itm),
    "ehata": _Model("NTIA eHata 3.2", "ehata", "plb__db", ehata.loss_terms, _by_ehata),
    "hata": _Model("Okumura-Hata, COST 231", "hata", "L", hata.loss_terms, _by_hata),
    "spm": _Model("Standard Propagation Model", "spm", "L", spm.loss_terms, _by_spm),
    "tr38901_rma": _Model(*_TR38901, _by_tr38901("RMa")),
    "tr38901_uma": _Model(*_TR38901, _by_tr38901("UMa")),
    "tr38901_umi": _Model(*_TR38901, _by_tr38901("UMi")),
    "free_space": _Model("ITU-R P.525-4", "free_space", "Lbf", free_space.loss_db, _by_free_space),
}
"""Every model that a link can be asked of, in the order in which they are listed."""


def chosen_models(
    model: str | Sequence[str], frequency_mhz: float, options: Mapping[str, Options]
) -> list[str]:
    """Names of the models asked for, each once.

    "all" is every one; "auto" is P.1812, and TR 38.901 UMa above P.1812's 6 GHz.

    Raises
    ------
    InputError
        When none is asked for, or one asked for or given options is unknown, or an option is.
    """
    above = frequency_mhz / 1000.0 > p1812.MAX_FREQUENCY_GHZ
    meant = {"all": list(MODELS), "auto": ["tr38901_uma" if above else "p1812"]}
    asked = [model] if isinstance(model, str) else model
    names = [name for given in asked for name in meant.get(given, [given])]
    known = ", ".join(map(repr, [*MODELS, *meant]))
    problems = [] if names else [f"no model is named: give some of {known}"]
    for name in dict.fromkeys([*names, *options]):
        if name not in MODELS:
            problems.append(f"{name!r} is no model: give some of {known}")
        else:
            problems += _option_problems(name, options.get(name, {}))
    if problems:
        raise InputError("model", problems)
    return list(dict.fromkeys(names))


def _option_problems(name: str, options: Options) -> list[str]:
    free = [o for o in inspect.signature(MODELS[name].door).parameters if o not in GIVEN]
    return [
        f"options[{name!r}] has {option!r}: give {', '.join(free) or 'none'}"
        for option in options
        if option not in free
    ]


def model_loss(name: str, path: TerrainPath, settings: LinkSettings) -> ModelLoss:
    """Loss of a path by a model; where the model does not hold, the reason in place of a number."""
    model = MODELS[name]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", PhusongWarning)
        try:
            terms, used = model.answer(path, settings, settings.options.get(name, {}))
        except PhusongError as error:
            return ModelLoss(name, model.source, math.nan, {}, " ".join(str(error).split()), "")
    warned = [str(w.message) for w in caught if issubclass(w.category, PhusongWarning)]
    values = {term: float(value) for term, value in terms.items()}
    return ModelLoss(
        name, model.source, values[model.loss_term], values, "", "; ".join([used, *warned])
    )


def term_meaning(name: str, term: str) -> tuple[str, str]:
    """Unit and meaning of a model's term, from ``links/tables/terms.csv``."""
    return _meanings()[MODELS[name].family, term]


@cache
def _meanings() -> dict[tuple[str, str], tuple[str, str]]:
    text = files("phusong.links").joinpath("tables/terms.csv").read_text("utf8")
    return {
        (row["model"], row["term"]): (row["unit"], row["meaning"])
        for row in csv.DictReader(text.splitlines())
    }
