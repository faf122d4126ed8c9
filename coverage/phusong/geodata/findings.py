"""What a reader repaired, rejected or doubted, as one table per file."""

from typing import Any, Final, Literal, get_args

import pandas as pd

__all__ = ["COLUMNS", "SEVERITIES", "Findings", "Severity"]

Severity = Literal["rejected", "repaired", "warning", "info"]

SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
"""From the gravest: left out, mended, taken but doubtful, worth knowing."""

COLUMNS: Final = ("source", "row", "column", "value", "severity", "reason", "mend")
"""The columns of every findings table."""

_LONGEST_VALUE = 80


class Findings:
    """Collects findings while a file is read; `frame` gives them as a table.

    Examples
    --------
    >>> findings = Findings()
    >>> findings.add(source="a.csv", row=7, column="azimuth_deg", value="480",
    ...              severity="rejected", reason="outside 0..360 degrees", mend="give 0 to 360")
    >>> findings.frame()[["row", "column", "severity"]].to_dict("records")
    [{'row': 7, 'column': 'azimuth_deg', 'severity': 'rejected'}]
    """

    def __init__(self) -> None:
        self._rows: list[tuple[str, int | None, str, str, str, str, str]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(
        self,
        *,
        source: str,
        row: int | None = None,
        column: str = "",
        value: object = "",
        severity: Severity,
        reason: str,
        mend: str = "",
    ) -> None:
        """Note one finding.

        Parameters
        ----------
        source
            File name, or name of the argument.
        row
            Row in the file, 1 = header; None where the source is not a table.
        column, value
            Where and what was found; the value is kept as text, cut when very long.
        severity
            One of `SEVERITIES`.
        reason, mend
            What is wrong (or was done), and what the sender of the file can do about it.

        Raises
        ------
        ValueError
            For a severity that is not one of `SEVERITIES`.
        """
        if severity not in SEVERITIES:
            raise ValueError(f"severity {severity!r} is not one of {', '.join(SEVERITIES)}")
        self._rows.append((source, row, column, _shortened(value), severity, reason, mend))

    def extend(self, frame: pd.DataFrame) -> None:
        """Take over every row of another findings table."""
        for record in frame.to_dict("records"):
            row: Any = record["row"]
            self.add(**{**record, "row": None if pd.isna(row) else int(row)})  # type: ignore[arg-type]

    def frame(self) -> pd.DataFrame:
        """Return the findings in the order they were added, `row` as nullable Int64."""
        frame = pd.DataFrame(self._rows, columns=list(COLUMNS))
        texts = {column: "object" for column in COLUMNS if column != "row"}
        return frame.astype({**texts, "row": "Int64"})


def _shortened(value: object) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
