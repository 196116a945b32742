"""The one place the package's version is written."""

__version__ = "0.4.0"
