"""Who made a corpus, and how one release of it is cited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["citation", "creators"]


def creators(about: Mapping[str, Any]) -> list[str]:
    """Who made a corpus, by its corpus.json."""
    return list(about.get("creators") or [f"The annotators of {about['title']}"])


def citation(about: Mapping[str, Any], digest: str) -> str:
    """BibTeX of one release."""
    fields = {
        "author": " and ".join(f"{{{name}}}" for name in creators(about)),
        "title": f"{{{about['title']}}}",
        "year": about.get("released", "")[:4],
        "version": about["version"],
        "url": about.get("url", ""),
        "note": f"content digest {digest}",
    }
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@misc{{{about['name']}-{about['version']},\n{lines}}}"
