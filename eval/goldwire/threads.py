"""Calls side by side. Arrow, NumPy's kernels, hashing and files let other threads run while they work.

Threads change neither a result nor the error that is raised: the calls share nothing that they write to, and the first
of them in order that fails is the one that is heard of. An interrupt waits for the calls under way, which are short.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

__all__ = ["at_once", "begun"]

T = TypeVar("T")


def at_once(function: Callable[..., T], *columns: Iterable[Any]) -> list[T]:
    """As ``list(map(function, *columns))``: the first call here, the others meanwhile, one after the other in a thread."""
    first, *others = zip(*columns, strict=True)
    if not others:
        return [function(*first)]
    with begun(lambda: [function(*arguments) for arguments in others]) as rest:
        return [function(*first), *rest()]


@contextmanager
def begun(function: Callable[[], T]) -> Iterator[Callable[[], T]]:
    """Call the function while the block runs; what is yielded waits for its result, or raises what it raised."""
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(function).result
