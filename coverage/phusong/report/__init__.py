"""Maps, tables and files for people."""

from phusong.report.commune_lines import commune_table
from phusong.report.excel import write_excel
from phusong.report.files import write_geoparquet, write_gpkg
from phusong.report.kml import write_kmz
from phusong.report.map import map  # noqa: A004  (read as phusong.map)
from phusong.report.open_data import InputSource, Licence, write_open_data
from phusong.report.rasters import write_cogs
from phusong.report.tables import summary, worst_communes
from phusong.report.words import languages, word

__all__ = [
    "InputSource",
    "Licence",
    "commune_table",
    "languages",
    "map",
    "summary",
    "word",
    "worst_communes",
    "write_cogs",
    "write_excel",
    "write_geoparquet",
    "write_gpkg",
    "write_kmz",
    "write_open_data",
]
