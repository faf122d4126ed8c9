"""Maps, tables and files for people."""

from phusong.report.excel import write_excel
from phusong.report.files import write_cogs, write_gpkg
from phusong.report.map import map  # noqa: A004  (read as phusong.map)
from phusong.report.tables import commune_table, summary, worst_communes
from phusong.report.words import languages, word

__all__ = [
    "commune_table",
    "languages",
    "map",
    "summary",
    "word",
    "worst_communes",
    "write_cogs",
    "write_excel",
    "write_gpkg",
]
