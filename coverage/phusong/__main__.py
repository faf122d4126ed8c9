"""``python -m phusong`` is ``phusong``."""

from phusong.cli import main

main()
