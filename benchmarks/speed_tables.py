"""The pages' tables of speed, made from the records that `peers.py` and `engine.py` keep.

``python benchmarks/speed_tables.py`` puts them into README.md and docs/speed.md, between marks like
``<!-- speed -->`` and ``<!-- /speed -->``.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from records import Record, read_record

__all__ = ["PAGES", "engine_tables", "peer_table", "readme_table", "rewritten", "tables"]

ROOT = Path(__file__).resolve().parents[1]
PEERS, ENGINE = ROOT / "docs" / "speed_peers.json", ROOT / "docs" / "speed_engine.json"
PAGES = (ROOT / "README.md", ROOT / "docs" / "speed.md")

P1812, FREE_SPACE = "ITU-R P.1812-8", "ITU-R P.525-4, free space"


def table(head: Mapping[str, str], rows: Iterable[Iterable[str]]) -> str:
    """Markdown of rows under a head, which says of each column whether it is text or figures."""
    rule = {"text": "---", "figures": "---:"}
    lines = [head, (rule[kind] for kind in head.values()), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def columns(text: str, figures: str) -> dict[str, str]:
    """A head of columns named between bars."""
    named = {name.strip(): "text" for name in text.split("|")}
    return named | {name.strip(): "figures" for name in figures.split("|")}


def rate(per_s: float) -> str:
    """Three figures that count, in full."""
    return f"{float(f'{per_s:.3g}'):,.0f}"


def times(ratio: float) -> str:
    """Three figures that count, without a power of ten."""
    return f"{float(f'{ratio:.3g}'):,g}"


def figure(row: Mapping[str, Any], name: str, form: str) -> str:
    """A value as written, empty where the row has none."""
    value = row.get(name)
    return "" if value is None else format(value, form)


def rounds_of(record: Record) -> str:
    """Which of several rounds counted."""
    number = record["rounds"]
    return "one round" if number == 1 else f"the fastest of {number} rounds"


def peer_table(record: Record) -> str:
    """Every timing beside SPLAT!'s, and who was absent."""
    said = (
        f"Written by `python benchmarks/peers.py --radius-km {record['radius_km']:g}` on "
        f"{record['machine']}: one transmitter at 30 m, receivers at 1.5 m, 900 MHz, fractal "
        f"terrain of 20-932 m at 1 arc-second, circle of {record['radius_km']:g} km; "
        f"{rounds_of(record)}.\n\n"
    )
    head = columns("tool | model | what", "wall s | CPU s | points | points/s/core | to SPLAT!'s")
    rows = (
        [
            *(row[name] for name in ("tool", "model", "scope")),
            f"{row['wall_s']:.2f}",
            f"{row['cpu_s']:.2f}",
            f"{row['points']:,}",
            rate(row["points_per_s_core"]),
            figure(row, "to_splat", ".3g"),
        ]
        for row in record["timings"]
    )
    absent = (f"\n{name}: {reason}.\n" for name, reason in record["absent"].items())
    return said + table(head, rows) + "".join(absent)


def readme_table(record: Record) -> str:
    """phusong's P.1812 and free space to everyone else, by the narrowest scope measured."""
    timings = record["timings"]
    computing = {row["tool"] for row in timings if row["scope"] == "compute only"}
    narrowest = [r for r in timings if r["scope"] == "compute only" or r["tool"] not in computing]
    ours = {
        row["model"]: row["points_per_s_core"]
        for row in reversed(narrowest)
        if row["model"] in (P1812, FREE_SPACE)
    }
    head = columns(
        "program | model", "points/s/core | phusong's P.1812 to it | phusong's free space to it"
    )
    rows = (
        [
            row["tool"] + (", whole program" if row["scope"] == "whole program" else ""),
            row["model"],
            rate(row["points_per_s_core"]),
            *(times(ours[name] / row["points_per_s_core"]) for name in (P1812, FREE_SPACE)),
        ]
        for row in narrowest
    )
    return table(head, rows)


def growth_table(record: Record) -> str:
    head = columns(
        "model | pixel, step | ground",
        "radius km | bands | time % | points | points/s/core | ns a point "
        "| to pixel by pixel | RMSE dB | 95th percentile dB",
    )
    rows = (
        [
            row["model"],
            f'{row["pixel_seconds"]}", {row["step_seconds"]}"',
            "sea, coast and land" if row["coast"] else "inland",
            f"{row['radius_km']:g}",
            str(row["bands"]),
            f"{row['time_percent']:g}",
            f"{row['points']:,}",
            rate(row["points_per_s_core"]),
            f"{1e9 / row['points_per_s_core']:.0f}",
            figure(row, "to_pixel", ".3g"),
            figure(row, "rmse_db", ".2f"),
            figure(row, "p95_db", ".2f"),
        ]
        for row in record["growth"]
    )
    said = (
        f"Written by `python benchmarks/engine.py` on {record['machine']}; {rounds_of(record)}.\n\n"
    )
    return said + table(head, rows)


def threads_table(record: Record) -> str:
    one = record["threads"][0]["wall_s"]
    rows = (
        [str(row["threads"]), f"{row['wall_s']:.2f}", f"{one / row['wall_s']:.2f}"]
        for row in record["threads"]
    )
    return table(columns("threads", "wall s | times as fast as one"), rows)


def alone_table(record: Record) -> str:
    rows = (
        [
            row["place"],
            f"{row['points']:,}",
            rate(row["points_per_s_core"]),
            f"{1e9 / row['points_per_s_core']:.0f}",
        ]
        for row in record["alone"]
    )
    return table(columns("place", "points | points/s/core | ns a point"), rows)


def masts_table(record: Record) -> str:
    rows = (
        [
            str(row["masts"]),
            str(row["cells"]),
            f"{row['wall_s']:.2f}",
            f"{1000 * row['wall_s'] / row['masts']:.0f}",
        ]
        for row in record["masts"]
    )
    of = record["combining"]
    said = (
        f"\nCombining {of['cells']} cells of {of['masts']} masts to best servers: "
        f"{rate(of['per_s_core'])} pixels times cells a second and core.\n"
    )
    return table(columns("masts", "cells | wall s | ms a mast"), rows) + said


def sampling_table(record: Record) -> str:
    head = columns("pixel, range | mast | clutter", "RMSE dB | 95th percentile dB | largest dB")
    rows = (
        [
            f"{row['pixel_m']:g} m, {row['range_km']:g} km",
            row["mast"],
            f"{row['clutter_m']:g} m",
            *(f"{row[name]:.2f}" for name in ("rmse_db", "p95_db", "largest_db")),
        ]
        for row in record["sampling"]
    )
    return table(head, rows)


def engine_tables(record: Record) -> dict[str, str]:
    """Every table of the engine's record, by its mark."""
    return {
        "growth": growth_table(record),
        "threads": threads_table(record),
        "alone": alone_table(record),
        "masts": masts_table(record),
        "sampling": sampling_table(record),
    }


def tables() -> dict[str, str]:
    """Every table of the records in docs, by its mark."""
    peers, engine = read_record(PEERS), read_record(ENGINE)
    return {"speed": readme_table(peers), "peers": peer_table(peers)} | engine_tables(engine)


def rewritten(page: str, by_mark: Mapping[str, str]) -> str:
    """A page with the tables between its marks; those without a mark are left out."""
    for mark, text in by_mark.items():
        start, end = f"<!-- {mark} -->\n", f"<!-- /{mark} -->\n"
        if start in page:
            before, _, rest = page.partition(start)
            _, closed, after = rest.partition(end)
            if not closed:
                raise ValueError(f"nothing closes {start.strip()}")
            page = f"{before}{start}\n{text}\n{end}{after}"
    return page


def main() -> None:
    """Put the tables into the pages."""
    by_mark = tables()
    for path in PAGES:
        page = rewritten(path.read_text(encoding="utf8"), by_mark)
        path.write_text(page, encoding="utf8")


if __name__ == "__main__":
    main()
