"""Profiles: published scorers reproduced, one small module per family, each declaring ``PROFILES``."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cache

from goldwire.errors import UsageError
from goldwire.incidents import did_you_mean
from goldwire.profiles.core import Profile
from goldwire.tasks import TASKS, Task, get_task

__all__ = ["Profile", "all_profiles", "get_profile", "scorer"]

_MODULES = ("entities", "nervaluate", "coreference", "events", "templates", "passages")


@cache
def all_profiles() -> Mapping[str, Profile]:
    """Every profile by name, in the order of the documentation."""
    modules = [importlib.import_module(f"goldwire.profiles.{name}") for name in _MODULES]
    return {profile.name: profile for module in modules for profile in module.PROFILES}


def get_profile(name: str) -> Profile:
    """The profile of that name. Raises UsageError."""
    known = all_profiles()
    if name not in known:
        near = did_you_mean(name, known)
        hint = f"did you mean {near!r}?" if near else f"profiles: {', '.join(known)}"
        raise UsageError(f"no profile {name!r}; {hint}")
    return known[name]


def scorer(name: str) -> Task | Profile:
    """The task or the profile of that name: what a result may hold counts of. Raises UsageError."""
    return get_task(name) if name in TASKS or name not in all_profiles() else get_profile(name)
