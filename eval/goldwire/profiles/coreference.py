"""Profiles of coreference scorers."""

from __future__ import annotations

from goldwire.profiles.core import Profile

__all__ = ["PROFILES"]

PROFILES: tuple[Profile, ...] = ()
