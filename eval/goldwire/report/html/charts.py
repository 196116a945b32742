"""Plots as plain SVG. Colours come from the style sheet by class, so that both themes and print have their own."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from goldwire.building.picture_style import element, escape
from goldwire.explaining.pairs import Curve

__all__ = ["Scale", "bar", "curves", "interval_plot", "share_bar"]

_WIDTH, _HEIGHT = 200, 22


class Scale:
    """A linear axis for the intervals of one table: tenths around all that is drawn on it."""

    def __init__(self, numbers: Iterable[float | None], *, zero: bool = False) -> None:
        known = [number for number in numbers if number is not None and math.isfinite(number)]
        low, high = (
            min([*known, *([0.0] if zero else [])], default=0.0),
            max([*known, *([0.0] if zero else [])], default=1.0),
        )
        step = 0.1 if high - low <= 2 else 10 ** math.floor(math.log10(high - low))
        self.low = math.floor(round(low / step, 6)) * step
        self.high = max(math.ceil(round(high / step, 6)) * step, self.low + step)
        self.zero = zero

    def at(self, number: float) -> float:
        """Position on a plot."""
        return 6 + (_WIDTH - 12) * (number - self.low) / (self.high - self.low)

    def axis(self, *, share: bool) -> str:
        """Its ends and, where the axis runs through it, zero, as the head of a column of plots."""
        ends = [self.low, self.high]
        if self.zero and self.low < 0 < self.high:  # zero is what matters; an end too near to it goes without label
            ends = [0.0, *(end for end in ends if abs(self.at(end) - self.at(0)) > _WIDTH / 5)]
        labels = [
            element(
                "text", escape(_tick(end, share)), x=round(self.at(end), 1), y=14,
                text_anchor="start" if end == self.low else "end" if end == self.high else "middle",
            )
            for end in ends
        ]  # fmt: skip
        return _svg("axis", f"from {_tick(self.low, share)} to {_tick(self.high, share)}", *labels)


def interval_plot(
    scale: Scale, value: float | None, inner: tuple[float | None, float | None],
    outer: tuple[float | None, float | None] = (None, None), *, label: str, colour: int | None = None,
    base: float | None = None,
) -> str:  # fmt: skip
    """A value as a dot on its interval; a second interval as two ticks; ``base``, the baseline's value, as a rule."""
    middle = _HEIGHT / 2
    parts = [_line(scale.at(scale.low), middle, scale.at(scale.high), middle, "track")]
    rule = 0.0 if scale.zero else base
    if rule is not None:
        parts.append(_line(scale.at(rule), 0, scale.at(rule), _HEIGHT, "rule"))
    if inner[0] is not None and inner[1] is not None:
        parts.append(_line(scale.at(inner[0]), middle, scale.at(inner[1]), middle, "whisker"))
    for border in outer:
        if border is not None:
            parts.append(_line(scale.at(border), middle - 5, scale.at(border), middle + 5, "tick"))
    if value is not None:
        parts.append(element("circle", cx=round(scale.at(value), 1), cy=middle, r=4.5, class_="dot"))
    return _svg("interval" if colour is None else f"interval k{colour % 6}", label, *parts)


def share_bar(share: float, colour: int) -> str:
    """A share of 1 as a bar over its track."""
    width = round(100 * min(max(share, 0.0), 1.0), 1)
    track = element("rect", x=0, y=0, width=100, height=5, rx=2.5, class_="track")
    filled = element("rect", x=0, y=0, width=width, height=5, rx=2.5, class_="full")
    return element(
        "svg", track, filled, viewBox="0 0 100 5", class_=f"share k{colour % 6}", aria_hidden="true",
        preserveAspectRatio="none",
    )  # fmt: skip


def bar(counts: Mapping[str, int], total: int, *, label: str) -> str:
    """Counts by class as one stacked bar, ``total`` being its full width."""
    parts, at = [], 0.0
    for name, count in counts.items():
        width = 600 * count / total if total else 0
        if count:
            title = element("title", escape(f"{name}: {count:,}"))
            parts.append(
                element(
                    "rect",
                    title,
                    x=round(at, 2),
                    y=0,
                    width=round(max(width - 0.8, 0.4), 2),
                    height=18,
                    class_=f"c-{_slug(name)}",
                )
            )
        at += width
    content = "".join(parts)
    return element(
        "svg", content, viewBox="0 0 600 18", class_="bar", role="img", aria_label=label, preserveAspectRatio="none"
    )


def curves(of: Sequence[tuple[str, Curve, float | None]]) -> str:
    """Precision over recall of several systems, each with a mark where its own threshold lies."""
    side, left, top = 300, 44, 24
    parts = []
    for tick in (0, 25, 50, 75, 100):
        x, y = left + side * tick / 100, top + side * (1 - tick / 100)
        parts += [_line(left, y, left + side, y, "grid"), _line(x, top, x, top + side, "grid")]
        parts.append(element("text", str(tick), x=left - 6, y=round(y + 4, 1), text_anchor="end"))
        parts.append(element("text", str(tick), x=round(x, 1), y=top + side + 16, text_anchor="middle"))
    parts.append(
        element("text", "recall %", x=left + side / 2, y=top + side + 34, text_anchor="middle", class_="title")
    )
    parts.append(element("text", "precision %", x=left, y=top - 10, text_anchor="start", class_="title"))
    for i, (name, points, threshold) in enumerate(of):
        places = [
            (round(left + side * r, 1), round(top + side * (1 - p), 1))
            for p, r in zip(points.precision.tolist(), points.recall.tolist(), strict=True)
        ]
        path = "M" + " L".join(f"{x},{y}" for x, y in _thinned(places))
        parts.append(element("path", element("title", escape(name)), d=path, class_=f"line s{i % 6}"))
        parts += [element("circle", cx=x, cy=y, r=2.5, class_=f"point s{i % 6}") for x, y in places[:60]]
        above = [
            place
            for place, score in zip(places, points.threshold.tolist(), strict=True)
            if threshold is not None and score >= threshold
        ]
        if above:
            x, y = above[-1]
            parts.append(
                element(
                    "circle",
                    element("title", escape(f"{name}: threshold {threshold:g}")),
                    cx=x,
                    cy=y,
                    r=6,
                    class_=f"mark s{i % 6}",
                )
            )
    label = "Precision over recall: " + ", ".join(name for name, _, _ in of)
    return element(
        "svg", *parts, viewBox=f"0 0 {left + side + 16} {top + side + 42}", class_="curve", role="img", aria_label=label
    )


def _thinned(places: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most about a thousand points, the last among them."""
    step = max(1, len(places) // 1000)
    return [*places[:-1:step], places[-1]]


def _tick(number: float, share: bool) -> str:
    text = f"{100 * number:.0f}" if share else f"{number:g}"
    return text.replace("-", "\N{MINUS SIGN}")


def _line(x1: float, y1: float, x2: float, y2: float, look: str) -> str:
    return element("line", x1=round(x1, 1), y1=round(y1, 1), x2=round(x2, 1), y2=round(y2, 1), class_=look)


def _svg(look: str, label: str, *content: str) -> str:
    return element("svg", *content, viewBox=f"0 0 {_WIDTH} {_HEIGHT}", class_=look, role="img", aria_label=label)


def _slug(name: str) -> str:
    return name.replace("+", "-")
