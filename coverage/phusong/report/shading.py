"""The terrain, shaded, as a background that needs no network."""

import base64
import io
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.colors import LightSource
from odc.geo.xr import xr_reproject
from PIL import Image
from pyproj import Transformer

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene

__all__ = ["shaded_terrain"]

_LONGEST_SIDE_PX: Final = 900
_QUALITY: Final = 55  # of the picture, 0 to 100: it lies under everything
_LIGHTEST, _DARKEST = 255.0, 130.0  # pale: what is drawn over it must be read
_BEYOND: Final = 221.0  # as the page is where nothing is drawn

Corners = list[list[float]]


def shaded_terrain(scene: "Scene") -> tuple[str, Corners]:
    """Draw a scene's terrain in greys, lit from the north-west.

    Returns
    -------
    picture : str
        Data URI.
    corners : list
        South-western and north-eastern (latitude, longitude) of the picture in Web Mercator.
    """
    terrain = scene.terrain
    grid = terrain.odc.geobox.to_crs("EPSG:3857")
    grid = grid.zoom_out(max(1.0, max(grid.shape) / _LONGEST_SIDE_PX))
    heights = xr_reproject(terrain.astype("float32"), grid, resampling="average", dst_nodata=np.nan)
    values = heights.to_numpy()
    known = np.isfinite(values)
    light = LightSource(azdeg=315, altdeg=45)
    flat = np.where(known, values, np.nanmean(values) if known.any() else 0.0)
    metres = abs(grid.resolution.x)
    shade = light.hillshade(flat, vert_exag=2.0, dx=metres, dy=metres)
    grey = np.where(known, _DARKEST + shade * (_LIGHTEST - _DARKEST), _BEYOND)
    file = io.BytesIO()
    Image.fromarray(np.rint(grey).astype(np.uint8)).save(file, "WEBP", quality=_QUALITY, method=6)
    picture = base64.b64encode(file.getvalue()).decode("ascii")
    return f"data:image/webp;base64,{picture}", _corners(grid.boundingbox)


def _corners(box: Any) -> Corners:
    to_degrees = Transformer.from_crs("EPSG:3857", "EPSG:4326", always_xy=True)
    west, south = to_degrees.transform(box.left, box.bottom)
    east, north = to_degrees.transform(box.right, box.top)
    return [[south, west], [north, east]]
