"""The HTML report in a real browser: no errors, filters and links that work, attacks that stay text, narrow screens.

A driver is appended to the page (its policy removed, which admits no second script) and leaves what it found in the
document, which headless Chromium then prints.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from goldwire.corpus.tables import Corpus
from goldwire.explaining.selection import Selection
from goldwire.reading import read_predictions
from goldwire.report.html import System, report_page, system_of_predictions
from noise import noisy
from test_report import HOSTILE, hostile_page

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium, chromium-browser or google-chrome on PATH")

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--hide-scrollbars", "--enable-logging=stderr",
    "--virtual-time-budget=10000", "--window-size=1280,900",
)  # fmt: skip

DRIVER = """
<script>
addEventListener("load", () => {
  const found = {};
  const go = address => { history.replaceState(null, "", address); dispatchEvent(new HashChangeEvent("hashchange")); };
  const one = selector => document.querySelector(selector);
  const set = (view, label, value) => {
    const labels = [...document.querySelectorAll(`#${view}-view label`)];
    const field = labels.find(one => one.textContent.startsWith(label)).querySelector("select, input");
    field.value = value;
    field.dispatchEvent(new Event(field.tagName === "SELECT" ? "change" : "input", {bubbles: true}));
  };
  const over = node => node.dispatchEvent(new PointerEvent("pointerover", {bubbles: true}));
  const press = (node, key) => node.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
  const counted = () => Number(one("#items-count").textContent.split(" ")[0].replaceAll(",", ""));
  try { (function () { BODY })(); } catch (error) { found.error = String(error.stack); }
  const report = document.createElement("pre");
  report.id = "found";
  report.textContent = JSON.stringify(found);
  document.body.append(report);
});
</script>
"""


@pytest.fixture(scope="module")
def systems(gold: Corpus, tmp_path_factory: pytest.TempPathFactory) -> list[System]:
    """Two damaged copies of the gold."""
    systems = []
    for number, (name, rate) in enumerate({"alpha": 0.15, "beta": 0.3}.items()):
        path = tmp_path_factory.mktemp("runs") / f"{name}.jsonl"
        path.write_text("".join(json.dumps(r) + "\n" for r in noisy(gold, number + 1, rate, name)), encoding="utf-8")
        systems.append(system_of_predictions(number, read_predictions(path, gold).corpus, gold))
    return systems


@pytest.fixture(scope="module")
def html(systems: list[System], gold: Corpus) -> str:
    return report_page(systems, gold)


@pytest.fixture
def browse(tmp_path: Path) -> Callable[..., tuple[str, str]]:
    """Open a page in a browser of its own; the document it becomes, and what the console said."""

    def call(html: str, *flags: str, address: str = "") -> tuple[str, str]:
        page = tmp_path / "page.html"
        page.write_text(html, encoding="utf-8")
        command = [
            str(CHROMIUM),
            *FLAGS,
            f"--user-data-dir={tmp_path / 'profile'}",
            *flags,
            f"{page.as_uri()}{address}",
        ]
        done = subprocess.run(command, capture_output=True, timeout=120, check=True)
        console = [line for line in done.stderr.decode(errors="replace").splitlines() if "CONSOLE" in line]
        return done.stdout.decode(), "\n".join(console)

    return call


def driven(browse: Callable[..., tuple[str, str]], html: str, body: str) -> dict[str, Any]:
    """What a driver finds out on a page."""
    open_page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
    document, _ = browse(open_page.replace("</body>", DRIVER.replace("BODY", body) + "</body>"), "--dump-dom")
    found: dict[str, Any] = json.loads(unescape(document.rpartition('<pre id="found">')[2].partition("</pre>")[0]))
    assert "error" not in found, found["error"]
    return found


def test_the_page_runs_under_its_own_policy_without_a_fault(html: str, browse: Callable[..., tuple[str, str]]) -> None:
    document, console = browse(html, "--dump-dom", address="#selftest")
    assert '<pre id="selftest-report">no faults</pre>' in document
    assert console == ""


def test_numbers_lead_to_as_many_items(html: str, browse: Callable[..., tuple[str, str]]) -> None:
    found = driven(browse, html, """
      const every = [...document.querySelectorAll("#errors a.n, #confusions a.n")];
      const links = every.filter((_, i) => i % Math.ceil(every.length / 150) === 0);  // browsers take 200 addresses in a row
      found.checked = links.length;
      found.wrong = [];
      for (const link of links) {
        go(link.getAttribute("href"));
        if (String(counted()) !== link.textContent.replaceAll(",", "")) found.wrong.push(link.href + " " + counted());
      }
      const about = [...document.querySelectorAll("#figures a.n")].filter(a => a.href.includes("side=gold"));
      go(about[0].getAttribute("href"));
      found.gold = counted();
      found.differences = [...document.querySelectorAll("#differences table a.n")].map(link => {
        go(link.getAttribute("href"));
        const better = new URLSearchParams(link.getAttribute("href").split("?")[1]).get("better");
        const told = one("#differences-count").textContent.match(/alone is right ([\\d,]+) times, .* alone ([\\d,]+)/);
        return [link.textContent, told[better === "a" ? 1 : 2]];
      });
    """)  # fmt: skip
    assert found["checked"] > 75
    assert found["wrong"] == []
    assert found["gold"] == 491  # the gold mentions, behind a recall
    assert len(found["differences"]) == 22
    assert all(linked == listed for linked, listed in found["differences"])


def test_numbers_of_slices_lead_to_the_items_that_explain_lists(
    html: str, systems: list[System], browse: Callable[..., tuple[str, str]]
) -> None:
    found = driven(browse, html, """
      const every = [...document.querySelectorAll("#breakdown a.n, #figures a.n, #overview a.n")];
      const links = every.filter((_, i) => i % Math.ceil(every.length / 150) === 0);
      found.counted = links.map(link => { go(link.getAttribute("href")); return [link.getAttribute("href"), counted()]; });
    """)  # fmt: skip
    facets = set()
    for address, counted in found["counted"]:
        wanted = dict(parse_qsl(address.partition("?")[2]))
        where = {key.removeprefix("is-"): label for key, label in wanted.items() if key.startswith("is-")}
        facets |= set(where)
        kinds = (wanted["kind"],) if "kind" in wanted else ()
        nil = {"0": False, "1": True}.get(wanted.get("nil", ""))
        selection = Selection(kinds=kinds, side=wanted.get("side"), where=where, nil=nil)
        table = systems[int(wanted["system"])].items[wanted["task"]]
        assert len(selection.of(table)) == counted, address
    assert facets >= {"type", "level", "zone", "role", "track", "realis"}


def test_filters_articles_passages_and_themes_work(html: str, browse: Callable[..., tuple[str, str]]) -> None:
    found = driven(browse, html, """
      set("items", "System", "1"); set("items", "Task", "entities");
      const all = counted();
      set("items", "Class", "missing"); const missing = counted();
      set("items", "Class", "wrong"); const wrong = counted();
      set("items", "Class", ""); set("items", "Type", "GPE"); const places = counted();
      set("items", "Words", "moscow"); const moscow = counted();
      found.filters = [all, missing, wrong, places, moscow];
      const marked = row => [...row.querySelectorAll("mark")].map(mark => mark.textContent.toLowerCase()).join(" ");
      found.words = [...document.querySelectorAll("#items-view tbody tr")].map(marked);
      found.address = location.hash;
      go("#items?system=0&task=entities");
      const before = one("#items-view tbody tr").textContent;
      [...document.querySelectorAll("#items-view .pager button")].at(-1).click();
      found.paged = one("#items-view tbody tr").textContent !== before;

      go("#articles?doc=003_6f248c1b29f70c0b&system=1&layer=entities");
      found.text = one("#articles-view .text").textContent;
      const pieces = document.querySelectorAll("#articles-view .seg");
      found.pieces = pieces.length;
      over(pieces[0]);
      found.inspected = one("#articles-view .inspector").textContent;
      found.lit = document.querySelectorAll("#articles-view .on, #articles-view .same").length;
      press(one("#articles-view .text"), "ArrowRight");
      press(one("#articles-view .text"), "ArrowRight");
      const now = document.querySelectorAll("#articles-view .now");
      found.moved = now.length === 1 && now[0] === pieces[1];
      go("#articles?doc=003_6f248c1b29f70c0b&system=0&layer=events");
      over(one("#articles-view .seg"));
      found.roles = one("#articles-view .inspector").textContent;

      go("#passages?system=1");
      found.joints = document.querySelectorAll("#passages-view path.joint").length;
      over(one("#passages-view .seg"));
      found.joined = document.querySelectorAll("#passages-view path.on").length;
      found.both = [...document.querySelectorAll("#passages-view .col")].every(column => column.querySelector(".on"));

      const ground = () => getComputedStyle(document.body).backgroundColor;
      const light = ground(); one("#theme").click(); found.themes = [light, ground()];
    """)  # fmt: skip
    everything, missing, wrong, places, moscow = found["filters"]
    assert everything > wrong > missing > 0
    assert everything > places > moscow > 0
    assert all("moscow" in word for word in found["words"])
    assert "type=GPE" in found["address"]
    assert [found[what] for what in ("paged", "moved", "both")] == [True, True, True]
    assert found["text"].startswith(" date 2021-")
    assert found["pieces"] > 50
    assert "gold" in found["inspected"] or "predicted" in found["inspected"]
    assert found["lit"] >= 1
    assert "instance" in found["roles"]
    assert found["joints"] > 5
    assert found["joined"] >= 1
    assert len(set(found["themes"])) == 2


def test_strings_without_a_place_are_listed(
    gold: Corpus, browse: Callable[..., tuple[str, str]], jsonl: Callable[..., Path]
) -> None:
    path = jsonl([{"doc_id": gold.doc_ids[0], "entities": [{"text": "Atlantis", "type": "GPE"}]}])
    html = report_page([system_of_predictions(0, read_predictions(path, gold).corpus, gold)], gold)
    document, console = browse(html, "--dump-dom", address="#items?system=0&task=entities&class=ungrounded")
    assert "<mark>Atlantis</mark> has no place left in the text" in document
    document, _ = browse(html, "--dump-dom", address=f"#articles?doc={gold.doc_ids[0]}&system=0&layer=entities")
    assert console == ""
    assert "Moscow" in document


def test_the_page_fits_a_phone(html: str, browse: Callable[..., tuple[str, str]]) -> None:
    found = driven(browse, html, """
      const source = document.documentElement.outerHTML.replace(/<script>\\naddEventListener[^]*?<\\/script>/, "");
      const frame = document.createElement("iframe");
      frame.width = 390; frame.height = 800; frame.style.border = "0";
      document.body.append(frame);
      frame.contentDocument.write(source);
      const inner = frame.contentDocument.documentElement;
      found.width = inner.clientWidth;
      found.wide = [...frame.contentDocument.querySelectorAll("body *")].filter(node => {
        if (node.closest(".scroll, nav, svg, .skip, iframe") || !node.getClientRects().length) return false;
        return node.getBoundingClientRect().right > inner.clientWidth + 1;
      }).map(node => `${node.tagName}.${node.className} ${node.getBoundingClientRect().right}`).slice(0, 5);
      found.scroll = inner.scrollWidth;
    """)  # fmt: skip
    assert found["width"] == 390
    assert found["wide"] == []
    assert found["scroll"] <= 390


def test_attacks_stay_text_even_without_the_policy(browse: Callable[..., tuple[str, str]]) -> None:
    found = driven(browse, hostile_page(), """
      const scripts = document.scripts.length;
      go("#items?system=1&task=entities");
      found.listed = one("#items-view").textContent;
      go("#articles?layer=events"); go("#passages?system=1"); go("#differences?a=0&b=1&task=entities");
      go("#items?system=1&task=entities&type=" + encodeURIComponent(one("#items-view tbody td:nth-child(3)").textContent));
      found.article = one("#articles-view .text").textContent;
      found.owned = window.owned ?? null;
      found.images = document.images.length;
      found.more = document.scripts.length - scripts;
    """)  # fmt: skip
    assert found["owned"] is None
    assert (found["images"], found["more"]) == (0, 0)
    assert HOSTILE in found["listed"]
    assert found["article"].startswith(HOSTILE)


def test_a_screenshot_can_be_taken(html: str, browse: Callable[..., tuple[str, str]], tmp_path: Path) -> None:
    browse(html, f"--screenshot={tmp_path / 'dark.png'}", address="?theme=dark")
    data = (tmp_path / "dark.png").read_bytes()
    assert data.startswith(b"\x89PNG")
    assert len(data) > 30_000  # a blank page compresses to less than a third of that
