// An article with gold drawn above its words and the predictions below, and the index of articles.

const LAYERS = {entities: ["entities", "mention"], events: ["events", "trigger"], times: ["times", "time"]};
const LINE = 4;

// Spans of one side with the line each is drawn on: nested ones nearer to the words.
const stacked = spans => {
  const order = [...spans].sort((x, y) => (x.end - x.start) - (y.end - y.start) || x.start - y.start);
  const byStart = [];
  let lanes = 0;
  for (const span of order) {
    span.lane = byStart.reduce((lane, other) => other.start < span.end && span.start < other.end ? Math.max(lane, other.lane + 1) : lane, 0);
    lanes = Math.max(lanes, span.lane + 1);
    byStart.push(span);
  }
  return lanes;
};

const COLOURS = {
  correct: "--right", type: "--label", role: "--label", level: "--label", relation: "--label", value: "--label", split: "--label",
  id: "--label", fillers: "--label", partial: "--place", ungrounded: "--spurious",
  boundary: "--place", span: "--place", joined: "--place", fragmented: "--place", "boundary+type": "--both", "type+span": "--both", "role+span": "--both",
  event: "--both", merged: "--both", "look-alike": "--both", missing: "--missing", spurious: "--spurious",
};
const painted = name => {
  const colour = `var(${COLOURS[name] ?? "--soft"})`;
  if (name === "correct") return `linear-gradient(${colour}, ${colour})`;
  const [on, period] = name === "missing" || name === "spurious" ? [5, 8] : [2, 4];
  return `repeating-linear-gradient(90deg, ${colour} 0 ${on}px, transparent ${on}px ${period}px)`;
};

// Text cut wherever a span starts or ends; each piece knows the spans over it and draws their lines.
// With tags, the type of a gold span stands above its first word, and that of a wrong prediction below.
const TAG = 11;

// Empty lines are as wide as an article has them and narrower to look at; every character stays.
const prose = run => run.split(/(\n{2,})/).filter(Boolean).map(part => part.startsWith("\n\n") ? make("span", {class: "gap"}, part) : part);

const laidOut = (doc, spans, named, tags = false) => {
  const text = codePoints(doc);
  const gold = stacked(spans.filter(span => span.side === "gold")), pred = stacked(spans.filter(span => span.side === "pred"));
  const cuts = [...new Set([0, text.length, ...spans.flatMap(span => [span.start, span.end])])].filter(at => at >= 0 && at <= text.length).sort((x, y) => x - y);
  const box = make("div", {class: "text", tabindex: 0, role: "group", "aria-label": named});
  const over = tags ? TAG : 0, under = tags && spans.some(span => span.side === "pred" && span.class !== "correct") ? TAG : 0;
  box.style.lineHeight = `calc(1.35em + ${(gold + pred) * LINE + 4 + over + under}px)`;
  const open = new Set();
  const starts = new Map(), ends = new Map();
  for (const span of spans) {
    starts.set(span.start, [...(starts.get(span.start) ?? []), span]);
    ends.set(span.end, [...(ends.get(span.end) ?? []), span]);
  }
  const pieces = [];
  for (let i = 0; i + 1 < cuts.length; i++) {
    for (const span of ends.get(cuts[i]) ?? []) open.delete(span);
    for (const span of starts.get(cuts[i]) ?? []) if (span.end > span.start) open.add(span);
    const run = text.slice(cuts[i], cuts[i + 1]).join("");
    if (!open.size) { box.append(...prose(run)); continue; }
    const above = [...open].sort((x, y) => (x.end - x.start) - (y.end - y.start));
    const begun = side => above.filter(span => span.side === side && span.start === cuts[i]).at(-1);
    const told = begun("gold"), wrong = begun("pred");
    const node = make("span", {
      class: "seg", "data-tag": tags && told ? told.type : null, "data-under": tags && wrong && wrong.class !== "correct" ? wrong.type : null,
    }, run);
    node.style.padding = `${gold * LINE + 1}px 0 ${pred * LINE + 1}px`;
    node.style.backgroundImage = above.map(span => painted(span.class)).join(", ");
    node.style.backgroundSize = above.map(span => `calc(100% - ${span.end === cuts[i + 1] ? 1.5 : 0}px) 2.5px`).join(", ");
    node.style.backgroundPosition = above.map(span => span.side === "gold" ? `0 ${(gold - 1 - span.lane) * LINE}px` : `0 calc(100% - ${(pred - 1 - span.lane) * LINE}px)`).join(", ");
    for (const span of above) (span.nodes ??= []).push(node);
    const piece = {node, over: above, start: cuts[i]};
    node.piece = piece;
    pieces.push(piece);
    box.append(node);
  }
  return {box, pieces};
};

const legendOf = classes => make("ul", {class: "legend"}, make("li", {}, "gold above the words, predictions below:"), ...classes.map(name => {
  const line = make("i", {class: name === "correct" ? "" : name === "missing" || name === "spurious" ? "dash" : "dot3"});
  line.style.setProperty("--c", `var(${COLOURS[name] ?? "--soft"})`);
  return make("li", {}, line, name);
}));

const spansOf = (items, doc, kind) => {
  const spans = [];
  for (let row = 0; row < items.size; row++) {
    if (items.get("doc_id", row) !== doc || items.get("kind", row) !== kind) continue;
    for (const side of ["gold", "pred"]) {
      if (items.get(side + "_row", row) < 0 || items.get(side + "_start", row) < 0) continue; // strings without a place
      spans.push({
        side, row, class: items.get("class", row), start: items.get(side + "_start", row), end: items.get(side + "_end", row),
        type: items.get(side + "_type", row), note: items.get(side + "_note", row), id: items.get(side + "_id", row),
      });
    }
  }
  return spans;
};

const documentOptions = () => data.docs.map(doc => [doc.id, doc.id]);

part("articles", [
  select("doc", "Article", documentOptions),
  select("system", "System", () => systemsWith()),
  select("layer", "Layer", state => Object.keys(LAYERS).filter(layer => data.items[state.system || 0]?.[LAYERS[layer][0]]).map(layer => [layer, layer])),
  checkbox("plain", "hide the types"),
  checkbox("right", "hide what is right"),
], (body, state, change) => {
  const index = indexTable(change);
  const doc = data.docs.findIndex(one => one.id === state.doc);
  const items = reader(state.system, LAYERS[state.layer]?.[0]);
  if (doc < 0 || !items) return body.replaceChildren(make("p", {class: "empty"}, "This system has no layer that lies in articles."), index);
  if (codePoints(doc) === null) return body.replaceChildren(make("p", {class: "empty"}, "The gold holds no text of this article."), index);
  const spans = spansOf(items, doc, LAYERS[state.layer][1]).filter(span => !state.right || span.class !== "correct");
  const {box, pieces} = laidOut(doc, spans, `${state.doc}, ${state.layer}`, !state.plain);
  const inspector = make("aside", {class: "inspector", "aria-live": "polite"});
  const wipe = () => { for (const node of box.querySelectorAll(".on, .same, .now, [data-role]")) { node.classList.remove("on", "same", "now"); node.removeAttribute("data-role"); } };
  const hint = () => inspector.replaceChildren(make("p", {}, "Point at underlined words, or move with ← and → when the text has the focus, to see what gold and the system say; everything of the same entity or event instance lights up."));
  const arguments_ = span => {
    const found = [];
    for (let row = 0; row < items.size; row++) {
      if (items.get("doc_id", row) !== doc || items.get("kind", row) !== "argument") continue;
      if (items.get(span.side + "_row", row) >= 0 && items.get(span.side + "_note", row) === span.id)
        found.push({role: items.get(span.side + "_type", row), start: items.get(span.side + "_start", row), end: items.get(span.side + "_end", row), class: items.get("class", row)});
    }
    return found;
  };
  const inspect = piece => {
    wipe();
    piece.node.classList.add("now");
    inspector.replaceChildren();
    for (const span of piece.over) {
      const chain = span.note ? spans.filter(other => other.side === span.side && other.note === span.note) : [span];
      for (const other of chain) for (const node of other.nodes ?? []) node.classList.add(other === span ? "on" : "same");
      const facts = make("dl", {});
      const fact = (name, value) => { if (value) facts.append(make("dt", {}, name), make("dd", {}, value)); };
      fact(span.side === "gold" ? "gold" : "predicted", span.type ?? "–");
      fact("class", chip(span.class));
      fact(state.layer === "times" ? "value" : state.layer === "events" ? "instance" : "entity", span.note);
      if (state.layer !== "times" && span.note) fact("chain", `${chain.length} here`);
      if (state.layer === "events") {
        for (const argument of arguments_(span)) {
          fact(argument.role ?? "–", make("span", {}, words(doc, argument.start, argument.end), " ", chip(argument.class)));
          for (const other of pieces) if (other.start >= argument.start && other.start < argument.end) other.node.classList.add("same");
        }
      }
      inspector.append(make("h4", {}, words(doc, span.start, span.end)), facts);
    }
  };
  box.addEventListener("pointerover", event => { const hit = event.target.closest(".seg"); if (hit) inspect(hit.piece); });
  let now = -1;
  box.addEventListener("keydown", event => {
    const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    if (!step || !pieces.length) return;
    event.preventDefault();
    now = (now + step + pieces.length) % pieces.length;
    inspect(pieces[now]);
    pieces[now].node.scrollIntoView({block: "nearest"});
  });
  hint();
  const classes = data.classes[LAYERS[state.layer][1]].filter(name => spans.some(span => span.class === name));
  body.replaceChildren(legendOf(classes), make("div", {class: "reader"}, box, inspector), index);
  if (state.at !== undefined) {
    const piece = pieces.find(one => one.start >= Number(state.at));
    if (piece) { now = pieces.indexOf(piece); inspect(piece); if (location.hash.startsWith("#articles")) piece.node.scrollIntoView({block: "center"}); }
  }
});

// Declared as a function so that the view above can use it before this line is reached.
function indexTable(change) {
  let page = 0, filter = "", by = "wrong", down = true;
  const size = 25;
  const box = make("details", {open: data.docs.length > 1}, make("summary", {}, `Index of ${number(data.index.length)} of ${number(data.documents)} documents`));
  const field = make("input", {type: "search", placeholder: "document id", "aria-label": "Find a document", oninput: () => { filter = field.value; page = 0; show(); }});
  const place = make("div");
  const sums = row => row[2].reduce((x, y) => x + y, 0);
  const show = () => {
    const rows = data.index.filter(row => row[0].includes(filter));
    if (by === "wrong") rows.sort((x, y) => sums(y) - sums(x)); else rows.sort((x, y) => x[0] < y[0] ? -1 : 1);
    if (!down) rows.reverse();
    const head = (name, key, text) => make("th", {class: key === "doc" ? "w" : null, scope: "col", "aria-sort": by === key ? (down ? "descending" : "ascending") : "none"},
      make("button", {type: "button", class: "sort", onclick: () => { down = by === key ? !down : true; by = key; page = 0; show(); }}, text));
    place.replaceChildren(
      make("div", {class: "scroll"}, make("table", {}, make("thead", {}, make("tr", {},
        head("document", "doc", "document"), head("wrong", "wrong", "wrong"), ...data.systems.map(name => make("th", {scope: "col"}, name)))),
      make("tbody", {}, ...rows.slice(page * size, page * size + size).map(row => make("tr", {},
        make("th", {class: "w", scope: "row"}, row[1] >= 0 ? make("a", {href: written("articles", {doc: row[0]}), onclick: event => { event.preventDefault(); change({doc: row[0], at: ""}); history.replaceState(null, "", written("articles", {doc: row[0]})); document.getElementById("articles").scrollIntoView(); }}, row[0]) : make("span", {class: "zero", title: "not embedded"}, row[0])),
        make("td", {}, number(sums(row))),
        ...row[2].map((wrong, i) => make("td", {}, `${number(wrong)} / ${number(wrong + row[3][i])}`))))))),
      ...[pager(page, size, rows.length, to => { page = to; show(); })].filter(Boolean));
  };
  show();
  box.append(make("div", {class: "controls"}, field), make("p", {class: "note"}, "Wrong items of all, by system. Grey documents are counted in the tables and are not on this page."), place);
  return box;
}
