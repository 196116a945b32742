"""Label inventories: what types, roles and attribute values are legal, read from schema/labels.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from goldwire.paths import data_folder

__all__ = ["Inventory", "labels", "standard_inventory"]


@cache
def labels() -> Mapping[str, Any]:
    """The whole of schema/labels.json."""
    content: Mapping[str, Any] = json.loads((data_folder("schema") / "labels.json").read_text(encoding="utf-8"))
    return content


@dataclass(frozen=True)
class Inventory:
    """The labels one corpus may use. ``roles`` maps an event type to its roles."""

    entity_types: frozenset[str]
    time_types: frozenset[str]
    roles: Mapping[str, frozenset[str]]

    def replaced(self, declared: Mapping[str, Any] | None) -> Inventory:
        """This inventory with the label sets a corpus declares in place of its own.

        declared: "entity_types" and "time_types" as lists, "event_roles" as event type -> list of roles; each optional.
        """
        if not declared:
            return self
        roles = declared.get("event_roles")
        return Inventory(
            frozenset(declared.get("entity_types", self.entity_types)),
            frozenset(declared.get("time_types", self.time_types)),
            self.roles if roles is None else {name: frozenset(used) for name, used in roles.items()},
        )

    def or_else(self, used: Inventory) -> Inventory:
        """Layer by layer, this inventory if it holds all labels used, else exactly those used."""
        covered = all(roles <= self.roles.get(name, frozenset()) for name, roles in used.roles.items())
        covered &= used.roles.keys() <= self.roles.keys()
        return Inventory(
            self.entity_types if used.entity_types <= self.entity_types else used.entity_types,
            self.time_types if used.time_types <= self.time_types else used.time_types,
            self.roles if covered else used.roles,
        )


@cache
def standard_inventory() -> Inventory:
    """The inventory of schema/labels.json."""
    data = labels()
    return Inventory(
        frozenset(data["entity_types"]),
        frozenset(data["time_types"]),
        {name: frozenset(row["roles"]) for name, row in data["event_types"].items()},
    )
