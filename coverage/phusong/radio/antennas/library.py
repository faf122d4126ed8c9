"""A folder of antenna files, and the antenna that an operator's table names."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from html import escape
from os import PathLike
from pathlib import Path
from typing import Final, Self

import pandas as pd

from phusong.errors import InputError
from phusong.radio.antennas.antenna import Antenna
from phusong.radio.antennas.notes import FINDING_COLUMNS, FileNotes
from phusong.radio.antennas.reading import UnknownFormatError, read_antenna

__all__ = ["SUFFIXES", "AntennaLibrary"]

SUFFIXES: Final = (
    *(".msi", ".pln", ".pla", ".ptn", ".prn", ".ant", ".az", ".el"),
    *(".adf", ".nsm", ".nsma", ".dat", ".txt"),
)
"""Files of a folder that are looked into."""

_ANYTHING: Final = (".dat", ".txt")
_NEAR: Final = 5


class AntennaLibrary:
    """The antennas of a folder, found by the names that station tables give them.

    A name is that of a file, with or without its extension, or the one inside the file; capital
    letters do not count. Where two files have it, the path below the folder tells them apart.

    Parameters
    ----------
    antennas
        Antennas by their path below the folder, with forward slashes.
    rejected
        The error of each file that could not be read.
    findings
        What was repaired, assumed or rejected while they were read.

    Examples
    --------
    >>> sector = Antenna.from_beamwidths(gain_dbi=17.0, name="Kathrein 80010292")
    >>> library = AntennaLibrary({"huawei/ADU4516R0.msi": sector})
    >>> library.find("adu4516r0") is library.find("KATHREIN 80010292") is sector
    True
    """

    def __init__(
        self,
        antennas: Mapping[str, Antenna],
        rejected: Mapping[str, InputError] | None = None,
        findings: pd.DataFrame | None = None,
    ) -> None:
        self._antennas = dict(antennas)
        self._rejected = dict(rejected or {})
        self._findings = FileNotes("").frame() if findings is None else findings
        self._paths = _paths_by_name(self._antennas, self._rejected)

    @classmethod
    def open(cls, folder: str | PathLike[str], *, max_gap_deg: float = 1.0) -> Self:
        """Read the antenna files (`SUFFIXES`) of a folder and of those within it.

        Parameters
        ----------
        folder
            The folder.
        max_gap_deg
            As for `read_antenna`.

        Raises
        ------
        InputError
            Where there is no such folder. A file that cannot be read is a finding; its error is
            raised when it is asked for.
        """
        folder = Path(folder)
        if not folder.is_dir():
            raise InputError("antennas", [f"there is no folder {str(folder)!r}; check the path"])
        antennas: dict[str, Antenna] = {}
        rejected: dict[str, InputError] = {}
        frames = []
        for path in _files(folder):
            name = path.relative_to(folder).as_posix()
            try:
                antennas[name] = read_antenna(path, max_gap_deg=max_gap_deg)
                frames.append(antennas[name].findings.assign(source=name))
            except InputError as error:
                if not _is_other_text(path, error):
                    rejected[name] = error
                frames.append(_why_not(path, name, error))
        return cls(antennas, rejected, _joined(frames))

    @property
    def names(self) -> tuple[str, ...]:
        """Paths of the antennas below the folder."""
        return tuple(self._antennas)

    @property
    def findings(self) -> pd.DataFrame:
        """What was repaired, assumed or rejected: source, row, column, value, and so on."""
        return self._findings

    def find(self, name: str) -> Antenna:
        """Return the antenna that a name means.

        Parameters
        ----------
        name
            As it stands in a station table.

        Raises
        ------
        InputError
            For a name that is unknown (near ones are named), is that of several files, or is that
            of a file that cannot be read.
        """
        paths = self._paths.get(_folded(name), [])
        if not paths:
            raise InputError("antenna", [f"{name!r} is unknown; {self._near(name)}"])
        if len(paths) > 1:
            several = ", ".join(paths)
            raise InputError("antenna", [f"{name!r} is the name of several; give one of {several}"])
        if paths[0] in self._rejected:
            raise self._rejected[paths[0]]
        return self._antennas[paths[0]]

    def _near(self, name: str) -> str:
        folded = _folded(name)
        within = [known for known in self._paths if folded and (folded in known or known in folded)]
        near = [*get_close_matches(folded, self._paths, n=_NEAR), *within]
        paths = list(dict.fromkeys(path for known in near for path in self._paths[known]))
        if paths:
            return f"near it are {', '.join(paths[:_NEAR])}"
        return f"there are {', '.join(self.names[:_NEAR]) or 'no antennas'}"

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and _folded(name) in self._paths

    def __iter__(self) -> Iterator[Antenna]:
        return iter(self._antennas.values())

    def __len__(self) -> int:
        return len(self._antennas)

    def __repr__(self) -> str:
        return f"AntennaLibrary({len(self)} antennas, {len(self._rejected)} files rejected)"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(path)}</td><td>{escape(antenna.name)}</td></tr>"
            for path, antenna in self._antennas.items()
        )
        return f"<table><caption>{escape(repr(self))}</caption>{rows}</table>"


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _paths_by_name(
    antennas: Mapping[str, Antenna], rejected: Mapping[str, InputError]
) -> dict[str, list[str]]:
    """Files of each name; the clearer kind of name wins: path, file name, stem, name inside."""
    files = {path: Path(path) for path in sorted({*antennas, *rejected})}
    kinds = [
        [(path, path) for path in files],
        [(file.name, path) for path, file in files.items()],
        [(f"{f.stem}.el", path) for path, f in files.items() if f.suffix.lower() == ".az"],
        [(f.stem, path) for path, f in files.items()],
        [(antenna.name, path) for path, antenna in antennas.items()],
    ]
    paths_by_name: dict[str, list[str]] = {}
    for kind in kinds:
        of_kind: dict[str, list[str]] = {}
        for name, path in kind:
            of_kind.setdefault(_folded(name), []).append(path)
        paths_by_name = of_kind | paths_by_name
    return paths_by_name


def _files(folder: Path) -> list[Path]:
    """Antenna files, one of each SPLAT! pair."""
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    first = {path.with_suffix("") for path in files if path.suffix.lower() == ".az"}
    return [
        path
        for path in files
        if path.is_file() and not (path.suffix.lower() == ".el" and path.with_suffix("") in first)
    ]


def _is_other_text(path: Path, error: InputError) -> bool:
    """Whether a file of a general kind simply holds something else."""
    return isinstance(error, UnknownFormatError) and path.suffix.lower() in _ANYTHING


def _why_not(path: Path, name: str, error: InputError) -> pd.DataFrame:
    notes = FileNotes(name)
    severity = "info" if _is_other_text(path, error) else "rejected"
    for problem in error.problems:
        notes.add(problem, severity=severity)  # type: ignore[arg-type]
    return notes.frame()


def _joined(frames: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [frame[list(FINDING_COLUMNS)] for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else FileNotes("").frame()
