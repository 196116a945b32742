"""Profiles of event scorers."""

from __future__ import annotations

from goldwire.profiles import event_fillers, event_lists, event_nuggets, event_sets
from goldwire.profiles.core import Profile

__all__ = ["PROFILES"]

PROFILES: tuple[Profile, ...] = (
    *event_sets.PROFILES,
    *event_lists.PROFILES,
    *event_fillers.PROFILES,
    *event_nuggets.PROFILES,
)
