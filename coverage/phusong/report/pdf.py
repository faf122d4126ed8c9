"""A report as a PDF, in letters that Vietnamese needs: DejaVu Sans, which comes with matplotlib."""

import datetime
import io
import re
import unicodedata
from pathlib import Path
from typing import Final

import matplotlib
from fpdf import FPDF
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace
from PIL import Image

from phusong.report.document import Document, Figure, Figures, Heading, Picture, Table, Text
from phusong.report.table_widths import least_width, table_widths

__all__ = ["pdf_bytes"]

_NO_TIME: Final = datetime.datetime(
    1980, 1, 1, tzinfo=datetime.UTC
)  # the same input, the same bytes
_MARGIN_MM: Final = 12.0
_BODY_PT: Final = 9.0
_QUIET_PT: Final = 7.5
_TABLE_PTS: Final = (7.0, 6.3, 5.6)
_LINE_TO_PT: Final = 0.48  # mm a point
_GAP_MM: Final = 3.0
_CELL_MM: Final = 1.0
_CARDS: Final = 3  # side by side
_CARD_MM: Final = 35.0
_TALLEST_MM: Final = 215.0  # of a picture
_HEADINGS_PT: Final = {1: 14.0, 2: 10.5}
_TEXT: Final = (31, 41, 51)
_QUIET: Final = (82, 96, 109)
_BLUE: Final = (23, 74, 124)
_LINE: Final = (203, 210, 217)
_HEAD: Final = FontFace(emphasis="BOLD", color=_TEXT, fill_color=(232, 239, 247))
_STRIPE: Final = (247, 249, 251)
_NOT_SHOWN: Final = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f\\ud800-\\udfff]")


def pdf_bytes(document: Document) -> bytes:
    """Return the PDF of a document, A4 upright, with numbered pages."""
    sheet = _Sheet(document.page)
    sheet.set_title(_plain(document.title))
    sheet.set_lang(document.language)
    sheet.add_page()
    sheet.write_title(document.title, document.subtitle)
    for block in document.blocks:
        sheet.write_block(block)
    return bytes(sheet.output())


class _Sheet(FPDF):
    """Paper that blocks are written on, one below the other."""

    def __init__(self, page: str) -> None:
        super().__init__(orientation="portrait", unit="mm", format="A4")
        self._page_word = page
        self.str_alias_nb_pages = ""  # no text is taken for the number of pages
        self.set_creation_date(_NO_TIME)
        self.set_margins(_MARGIN_MM, _MARGIN_MM)
        self.set_auto_page_break(auto=True, margin=_MARGIN_MM + 3)
        fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
        self.add_font("DejaVu", "", fonts / "DejaVuSans.ttf")
        self.add_font("DejaVu", "B", fonts / "DejaVuSans-Bold.ttf")
        self.set_text_color(*_TEXT)
        self.set_draw_color(*_LINE)
        self.set_line_width(0.2)

    def footer(self) -> None:
        self.set_y(-_MARGIN_MM)
        self.set_font("DejaVu", "", 7)
        self.set_text_color(*_QUIET)
        self.cell(0, 4, f"{self._page_word} {self.page_no()}", align="R")
        self.set_text_color(*_TEXT)

    def write_title(self, title: str, subtitle: str) -> None:
        self._paragraph(title, size_pt=18.0, style="B")
        self._paragraph(subtitle, colour=_QUIET)
        self.ln(1.0)
        self.set_draw_color(*_BLUE)
        self.line(self.l_margin, self.get_y(), self.w - self.r_margin, self.get_y())
        self.set_draw_color(*_LINE)

    def write_block(self, block: object) -> None:
        match block:
            case Heading():
                self._heading(block)
            case Text():
                size = _QUIET_PT if block.quiet else _BODY_PT
                colour = _QUIET if block.quiet else _TEXT
                self._paragraph(block.text, size_pt=size, colour=colour)
                self.ln(1.0)
            case Figures():
                self._figures(block)
            case Table():
                self._table(block)
            case Picture():
                self._picture(block)

    def _heading(self, heading: Heading) -> None:
        size = _HEADINGS_PT[heading.level]
        if heading.new_sheet or self.will_page_break(size + 22.0):  # not alone at a page's end
            self.add_page()
        else:
            self.ln(_GAP_MM)
        self.start_section(_plain(heading.text), level=heading.level - 1)
        self._paragraph(heading.text, size_pt=size, style="B", colour=_BLUE)
        self.ln(1.0)

    def _paragraph(
        self,
        text: str,
        *,
        size_pt: float = _BODY_PT,
        style: str = "",
        colour: tuple[int, int, int] = _TEXT,
    ) -> None:
        self.set_font("DejaVu", style, size_pt)
        self.set_text_color(*colour)
        self.multi_cell(
            0, size_pt * _LINE_TO_PT, _plain(text), align="L", new_x="LMARGIN", new_y="NEXT"
        )
        self.set_text_color(*_TEXT)

    def _figures(self, block: Figures) -> None:
        for start in range(0, len(block.figures), _CARDS):
            cards = block.figures[start : start + _CARDS]
            wide = (self.epw + _GAP_MM) / _CARDS - _GAP_MM
            if self.will_page_break(_CARD_MM):
                self.add_page()
            top, bottom = self.get_y(), self.get_y()
            for place, card in enumerate(cards):
                left = self.l_margin + place * (wide + _GAP_MM)
                bottom = max(bottom, self._card(card, left, top, wide))
            for place in range(len(cards)):
                self.rect(self.l_margin + place * (wide + _GAP_MM), top, wide, bottom - top)
            self.set_xy(self.l_margin, bottom + _GAP_MM)

    def _card(self, card: Figure, left: float, top: float, wide: float) -> float:
        """Write a key figure; return how far down it goes."""
        texts = [(card.label, 9.0, "", _TEXT), (card.value, 17.0, "B", _BLUE)]
        texts += [(card.note, 7.5, "", _QUIET)]
        texts += [(f"{value} {label}", 7.5, "", _TEXT) for label, value in card.lines]
        self.set_y(top + 1.0)
        for text, size_pt, style, colour in texts:
            self.set_x(left + 1.5)
            self.set_font("DejaVu", style, size_pt)
            self.set_text_color(*colour)
            line = size_pt * _LINE_TO_PT
            self.multi_cell(wide - 3, line, _plain(text), align="L", new_x="LMARGIN", new_y="NEXT")
        self.set_text_color(*_TEXT)
        return self.get_y() + 1.5

    def _table(self, block: Table) -> None:
        plain = Table(
            tuple(map(_plain, block.head)),
            tuple(tuple(map(_plain, row)) for row in block.rows),
            block.are_numbers,
        )
        size_pt, widths = self._fitting(plain)
        self.set_font("DejaVu", "", size_pt)
        with self.table(
            (plain.head, *plain.rows),
            width=sum(widths),
            col_widths=widths,
            align="LEFT",
            text_align=tuple("RIGHT" if each else "LEFT" for each in block.are_numbers),
            line_height=size_pt * _LINE_TO_PT,
            padding=(0.5, _CELL_MM),
            headings_style=_HEAD,
            cell_fill_color=_STRIPE,
            cell_fill_mode="EVEN_ROWS",
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            v_align="TOP",
        ):
            pass
        self.ln(_GAP_MM)

    def _fitting(self, table: Table) -> tuple[float, list[float]]:
        """The largest letters with which no word must be broken, and the columns' widths."""
        free_mm, room_mm = 2 * _CELL_MM + 0.5, self.epw - 0.1
        for size_pt in _TABLE_PTS:
            self.set_font("DejaVu", "B", size_pt)  # the wider letters, as headings have them
            if least_width(table, self.get_string_width, room_mm, free_mm) <= room_mm:
                break
        return size_pt, table_widths(table, self.get_string_width, room_mm, free_mm)

    def _picture(self, picture: Picture) -> None:
        image = Image.open(io.BytesIO(picture.png))
        wide = self.epw * picture.width_pct / 100.0
        wide = min(wide, _TALLEST_MM * image.width / image.height)
        left = self.l_margin + (self.epw - wide) / 2
        self.image(image, x=left, w=wide, alt_text=_plain(picture.description))
        self.ln(1.0)


def _plain(text: str) -> str:
    """A text in composed letters, without what no paper can show."""
    return _NOT_SHOWN.sub(" ", unicodedata.normalize("NFC", text))
