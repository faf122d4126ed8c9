"""Maps, tables, reports and files for people.

The package can be called: ``phusong.report(...)`` is `make_report`.
"""

import sys
from types import ModuleType

from phusong.report.commune_lines import commune_table
from phusong.report.excel import write_excel
from phusong.report.files import write_geoparquet, write_gpkg
from phusong.report.kml import write_kmz
from phusong.report.making import Report, make_report
from phusong.report.map import map  # noqa: A004  (read as phusong.map)
from phusong.report.open_data import InputSource, Licence, write_open_data
from phusong.report.rasters import write_cogs
from phusong.report.tables import summary, worst_communes
from phusong.report.words import languages, word

__all__ = [
    "InputSource",
    "Licence",
    "Report",
    "commune_table",
    "languages",
    "make_report",
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


class _Callable(ModuleType):
    __call__ = staticmethod(make_report)


sys.modules[__name__].__class__ = _Callable
