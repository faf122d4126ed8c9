"""Promises about the repository itself."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_the_source_root_is_no_package():
    assert not (ROOT / "coverage" / "__init__.py").exists()


def test_only_one_module_imports_numba():
    importers = [
        path.name
        for path in (ROOT / "coverage").rglob("*.py")
        if any(
            line.lstrip().startswith(("import numba", "from numba"))
            for line in path.read_text(encoding="utf8").splitlines()
        )
    ]
    assert importers == ["_jit.py"]


def _python(code, **options):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, **options
    ).stdout


def test_importing_phusong_imports_nothing_heavy():
    heavy = "numba numpy pandas rasterio geopandas xarray folium matplotlib"
    loaded = _python(
        f"import sys, phusong; print(*[m for m in {heavy.split()!r} if m in sys.modules])"
    )
    assert loaded.split() == []


def test_numba_can_be_imported_beside_the_bare_folder():
    """The repository root on sys.path must not shadow coverage.py for numba."""
    _python("import sys; sys.path.insert(0, '.'); import phusong._jit", cwd=ROOT)


def test_every_public_name_is_there():
    import phusong

    for name in phusong.__all__:
        assert getattr(phusong, name) is not None
    assert set(phusong.__all__) <= set(dir(phusong))


def test_an_unknown_name_is_an_attribute_error():
    import phusong

    assert not hasattr(phusong, "no_such_name")


def test_no_public_name_is_hidden_by_a_module():
    """Importing a submodule binds its name on the package, over a function of that name."""
    import phusong

    folder = ROOT / "coverage" / "phusong"
    modules = {p.stem for p in folder.glob("*.py")} | {p.name for p in folder.iterdir()}
    assert modules & set(phusong.__all__) == set()
