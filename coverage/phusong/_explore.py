"""`explore()` of every result, as geopandas has it: the map of that result alone."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phusong.report.map_page import MapPage

__all__ = ["Explorable"]


class Explorable:
    """What can be drawn on an interactive map."""

    def explore(self, *, name: str = "", language: str = "en") -> "MapPage":
        """Draw this on an interactive map; `phusong.map` draws several results together.

        Parameters
        ----------
        name
            Of the area, for the title.
        language
            "en" or "vi".

        Returns
        -------
        MapPage
            Shown where it is the last line of a notebook's cell; ``.save("map.html")``.
        """
        from phusong.report.exploring import explored

        return explored(self, name=name, language=language)
