"""One link between two points, or from a cell to a pixel, and every reason for its level."""

from phusong.links.causes import LossParts, loss_parts
from phusong.links.explaining import explain_cell, explain_pixel
from phusong.links.linking import link
from phusong.links.result import Link
from phusong.links.settings import LinkSettings

__all__ = [
    "Link",
    "LinkSettings",
    "LossParts",
    "explain_cell",
    "explain_pixel",
    "link",
    "loss_parts",
]
