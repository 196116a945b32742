"""Spark on this machine, for tests that need it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any


def spark_session(master: str) -> Iterator[Any]:
    """A session as a fixture yields it."""
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    session = (
        SparkSession.builder.master(master)
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "4")
        .getOrCreate()
    )
    yield session
    session.stop()
