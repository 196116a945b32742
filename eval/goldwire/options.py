"""Options of counting: the few things that tasks may be told to do another way. They stand in every signature."""

from __future__ import annotations

__all__ = ["OPTIONS"]

OPTIONS: dict[str, tuple[str, ...]] = {
    "singletons": ("keep", "drop"),
    "container": ("set", "multiset"),
}
"""Name -> values, the default first."""
