"""Public data of an area, fetched and cut to it: terrain, population, land cover, boundaries."""

from phusong.fetching.area import Area
from phusong.fetching.fetching import Fetched, fetch
from phusong.fetching.offers import Offer, offers

__all__ = ["Area", "Fetched", "Offer", "fetch", "offers"]
