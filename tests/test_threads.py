"""Calls side by side give what they give one after the other, the first error first."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

import goldwire
from goldwire.errors import ReadError
from goldwire.reading import opened
from goldwire.threads import at_once, begun


def test_results_come_in_the_order_of_the_arguments() -> None:
    assert at_once(lambda a, b: a - b, (9, 8, 7), (1, 2, 3)) == [8, 6, 4]


def test_both_calls_run_at_the_same_time() -> None:
    barrier = threading.Barrier(2, timeout=30)  # one call alone would never pass it
    assert sorted(at_once(lambda _: barrier.wait(), (0, 1))) == [0, 1]


def test_the_first_error_in_order_is_raised_although_a_later_one_happens_before_it() -> None:
    failed = threading.Event()

    def fail(which: str) -> None:
        if which == "second":
            failed.set()
        elif not failed.wait(30):
            return
        raise ValueError(which)

    with pytest.raises(ValueError, match="first"):
        at_once(fail, ("first", "second"))


def test_what_was_begun_is_waited_for_and_raises_when_it_is_asked() -> None:
    with begun(lambda: 7) as result:
        assert result() == 7
    with begun(lambda: 1 // 0) as result, pytest.raises(ZeroDivisionError):
        result()


def test_a_bad_gold_is_heard_of_before_a_missing_prediction_file(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"gold\.jsonl"):
        goldwire.score(tmp_path / "pred.jsonl", tmp_path / "gold.jsonl")


def test_a_pipe_is_not_read_before_it_is_asked_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(ReadError, match=r"gold\.jsonl"):  # nobody writes to the pipe: reading it would never end
        goldwire.score(pipe, tmp_path / "gold.jsonl")
    with opened(pipe) as file:
        threading.Thread(target=pipe.write_bytes, args=(b'{"doc_id": "d", "entities": []}\n',)).start()
        records, incidents = file.read()
    assert records.records["doc_id"].to_pylist() == ["d"]
    assert not list(incidents)
