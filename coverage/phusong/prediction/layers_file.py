"""Layers from a NetCDF-4 file, as they were before they were written."""

from pathlib import Path

import xarray as xr

from phusong.errors import InputError

__all__ = ["load_layers"]


def load_layers(path: Path) -> xr.Dataset:
    """Read a whole file; an InputError where it is missing or of another kind."""
    if not path.is_file():
        raise InputError(str(path), ["there is no such file"])
    try:
        data = xr.load_dataset(path, engine="h5netcdf", decode_coords="all")
    except OSError as error:
        raise InputError(str(path), [f"not a NetCDF-4 file: {error}"]) from error
    for layer in data.values():
        # Reading takes it for a matter of the file; in a dataset it is an attribute.
        if "grid_mapping" in layer.encoding:
            layer.attrs["grid_mapping"] = layer.encoding.pop("grid_mapping")
    return data
