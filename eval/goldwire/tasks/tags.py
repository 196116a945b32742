"""Tag sequences (B-PER I-PER O ...) decoded into mentions, as the scorers that read tags do it; whole columns at a time.

Every rule looks at two neighbouring tokens and says whether a mention starts, goes on or ends between them. It is
written as patterns ``previous>current`` over tag prefixes: letters, ``*`` for any, ``~`` for any but; with ``=`` the
types must be equal, with ``!`` they must differ. Before, between and after the sentences stands an O.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from goldwire.counts import IntArray
from goldwire.errors import UsageError
from goldwire.incidents import did_you_mean
from goldwire.tasks.spans import BoolArray

__all__ = ["RULES", "Rule", "Tagged", "decode"]


class Tagged(NamedTuple):
    """Mentions as columns, in order of their end.

    sentence: (n,) number of the sentence the last token is in.
    start, end: (n,) first token and the one after the last, counted over all sentences.
    type: (n,) strings.
    """

    sentence: IntArray
    start: IntArray
    end: IntArray
    type: pa.Array


@dataclass(frozen=True)
class Rule:
    """Where mentions start, go on (None: until they end) and end.

    prefixes: the letters that patterns may name; any other is "?", under a strict rule an error.
    parse: (prefix, type) of a tag.
    """

    start: str
    inside: str | None
    end: str
    prefixes: str
    parse: Callable[[str], tuple[str, str]]


def _perl(tag: str) -> tuple[str, str]:
    prefix, _, kind = tag.partition("-")
    return prefix, kind if kind != "0" else ""  # "0" is false in Perl, and so no type


def _lenient(tag: str) -> tuple[str, str]:
    return tag[0], tag[1:].split("-", 1)[-1] or "_"


def _strict(tag: str) -> tuple[str, str]:
    return tag[0], tag[1:].strip("-") or "_"


RULES: dict[str, Rule] = {
    "conlleval": Rule("BIO>B EO>IE *>[] *>~O.!", None, "BIE>O BI>B E>EI []>* ~O.>*!", "BIOE[].", _perl),
    "seqeval": Rule("*>BS ESO>EI *>~O.!", None, "ES>* BI>BSO ~O.>*!", "BIOES.", _lenient),
    "IOB1": Rule("O>I I>I! B>I IB>B=", "BI>I=", "I>I! I>OB B>O B>I! B>B=", "IOB", _strict),
    "IOB2": Rule("*>B", "BI>I=", "IB>OB IB>I!", "IOB", _strict),
    "IOE1": Rule("O>I I>I! E>I E>E=", "I>IE=", "I>I! I>O I>E! E>IE=", "IOE", _strict),
    "IOE2": Rule("OE>IE I>IE!", "I>IE=", "E>*", "IOE", _strict),
    "IOBES": Rule("*>BS", "BI>IE=", "ES>*", "IOBES", _strict),
    "BILOU": Rule("*>BU", "BI>IL=", "LU>*", "BILOU", _strict),
}
"""``conlleval``: conlleval.pl of 2004-01-26. ``seqeval``: the default of seqeval 1.2.2. The others: its schemes under
mode="strict". The prefix stands in front of the type (suffix=False in seqeval)."""


def decode(tags: Sequence[str] | pa.Array, lengths: Sequence[int] | IntArray, rule: str) -> Tagged:
    """The mentions of tagged sentences.

    tags: (tokens,) tags of all sentences, one after the other. lengths: (sentences,) numbers of tokens. rule: of RULES.

    Malformed sequences are read as the programs read them. Under ``seqeval`` a mention that ends without having begun
    begins where the last one did, be it in an earlier sentence. Under ``conlleval`` a mention also ends with its
    sentence and where another begins; the script forgets to end it in sequences such as ``B-X [-X``, of which it counts
    two mentions on each side and finds one.

    Raises UsageError for an unknown rule, lengths that do not add up, an empty tag, and, under the strict rules, a tag
    with a prefix that the scheme lacks.
    """
    if rule not in RULES:
        near = did_you_mean(rule, RULES)
        raise UsageError(
            f"no tag rule {rule!r}; " + (f"did you mean {near!r}?" if near else f"rules: {', '.join(RULES)}")
        )
    length = np.asarray(lengths, np.int64)
    encoded = pa.array(tags, pa.string()).dictionary_encode()
    if length.sum() != len(encoded):
        raise UsageError(f"{len(encoded)} tags for {len(length)} sentences of {length.sum()} tokens together")
    sentence = np.repeat(np.arange(len(length)), length)
    place = np.arange(len(encoded)) + sentence + 1  # of each token among tokens and Os
    line = _Line.of(encoded, place, len(encoded) + len(length) + 1, rule)
    finder = _scheme if RULES[rule].inside else {"seqeval": _seqeval, "conlleval": _conlleval}[rule]
    start, end, named_by = finder(line)
    token = np.zeros(len(line.type), np.int64)
    token[place] = np.arange(len(encoded))
    last = token[end - 1]
    return Tagged(sentence[last], token[start], last + 1, line.types.take(pa.array(line.type[named_by])))


@dataclass(frozen=True)
class _Line:
    """All tokens with an O before every sentence and one after the last.

    type: (places,) codes into types. start, inside: whether a mention starts or goes on with this token; end: whether
    one ends before it.
    """

    types: pa.Array
    type: IntArray
    outside: BoolArray
    start: BoolArray
    inside: BoolArray
    end: BoolArray

    @classmethod
    def of(cls, encoded: pa.DictionaryArray, place: IntArray, n: int, name: str) -> _Line:
        """The line of some tags, of which token i stands at place[i]."""
        rule = RULES[name]
        parsed = [_parsed(tag, name) for tag in encoded.dictionary.to_pylist()]
        # seqeval begins with an O of no type, which matters to a first tag that has none either
        types = list(dict.fromkeys(["", rule.parse("O")[1], *(kind for _, kind in parsed)]))
        prefixes = {letter: code for code, letter in enumerate(rule.prefixes)}
        tag = encoded.indices.to_numpy(zero_copy_only=False)
        prefix, type_ = np.full(n, prefixes["O"]), np.full(n, types.index(rule.parse("O")[1]))
        type_[0] = 0
        prefix[place] = np.array([prefixes.get(letter, len(prefixes)) for letter, _ in parsed], np.int64)[tag]
        type_[place] = np.array([types.index(kind) for _, kind in parsed], np.int64)[tag]
        return cls(
            types=pa.array(types, pa.string()),
            type=type_,
            outside=prefix == prefixes["O"],
            start=_matches(rule.start, rule.prefixes, prefix, type_),
            inside=_matches(rule.inside or "", rule.prefixes, prefix, type_),
            end=_matches(rule.end, rule.prefixes, prefix, type_),
        )


def _parsed(tag: str | None, name: str) -> tuple[str, str]:
    rule = RULES[name]
    if not tag:
        raise UsageError("a tag is empty")
    prefix, kind = rule.parse(tag)
    if rule.inside and prefix not in rule.prefixes:
        raise UsageError(f"{tag!r} is no tag of {name}; its prefixes are {', '.join(rule.prefixes)}")
    return prefix, kind


def _matches(patterns: str, prefixes: str, prefix: IntArray, type_: IntArray) -> BoolArray:
    """(places,) whether the place and the one before match one of the patterns; the first matches none."""
    known = prefixes + "?"
    tables = {condition: np.zeros((len(known), len(known)), bool) for condition in "=!"}
    for pattern in patterns.split():
        condition = pattern[-1] if pattern[-1] in "=!" else "=!"
        before, after = (_chosen(part, known) for part in pattern.rstrip("=!").split(">"))
        for each in condition:
            tables[each] |= np.outer(before, after)
    pair = prefix[:-1], prefix[1:]
    return np.append(False, np.where(type_[:-1] == type_[1:], tables["="][pair], tables["!"][pair]))


def _chosen(letters: str, known: str) -> BoolArray:
    """Which of the known prefixes one side of a pattern names."""
    named = np.array([letter in letters for letter in known])
    return ~named if letters[0] in "~*" else named


Found = tuple[IntArray, IntArray, IntArray]
"""Places where mentions start, the places after their last, and the places that name their types."""


def _scheme(line: _Line) -> Found:
    """A mention begins at the first start since anything was not inside, and is one if it ends where inside ends."""
    opens = np.flatnonzero(~line.inside)
    run = np.searchsorted(opens, np.flatnonzero(line.start), side="right") - 1
    first = np.append(True, run[1:] != run[:-1])[: len(run)]
    start = np.flatnonzero(line.start)[first]
    end = np.append(opens, len(line.type))[run[first] + 1]
    whole = line.end[end]
    return start[whole], end[whole], start[whole]


def _seqeval(line: _Line) -> Found:
    """Every end is the end of a mention, which began at the last start before it."""
    end = np.flatnonzero(line.end)
    starts = np.append(1, np.flatnonzero(line.start))
    start = starts[np.searchsorted(starts[1:], end)]
    return start, end, end - 1


def _conlleval(line: _Line) -> Found:
    """Every start is the start of a mention, which ends at the next end, start or O."""
    start = np.flatnonzero(line.start)
    stops = np.flatnonzero(line.end | line.start | line.outside)
    end = stops[np.searchsorted(stops, start, side="right")]
    return start, end, start
