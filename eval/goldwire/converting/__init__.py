"""Conversion between Goldwire's records and the formats of other tools, both ways, with every loss listed."""

from goldwire.converting.base import Format
from goldwire.converting.bundle import Bundle
from goldwire.converting.context import Context, Texts
from goldwire.converting.conversion import Conversion, convert, read_bundle, write_bundle
from goldwire.converting.losses import Loss, Losses
from goldwire.converting.registry import get, names

__all__ = [
    "Bundle",
    "Context",
    "Conversion",
    "Format",
    "Loss",
    "Losses",
    "Texts",
    "convert",
    "get",
    "names",
    "read_bundle",
    "write_bundle",
]
