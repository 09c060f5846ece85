"""Suixin 遂心: the digital base of a city. Start reading at README.md, then docs/words.md."""

__version__ = "0.4.0"
