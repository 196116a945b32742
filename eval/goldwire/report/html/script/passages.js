// Two articles side by side with their aligned passages joined.

const pairsOf = system => {
  const found = new Map();
  const items = reader(system, "passages");
  for (let row = 0; items && row < items.size; row++) {
    const key = items.get("doc_id", row) + "\t" + items.get("other", row);
    const own = found.get(key) ?? {a: items.get("doc_id", row), b: items.get("other", row), all: 0, wrong: 0};
    own.all += 1;
    own.wrong += items.get("class", row) === "correct" ? 0 : 1;
    found.set(key, own);
  }
  return [...found.values()].sort((x, y) => y.all - x.all || x.a - y.a || x.b - y.b);
};

part("passages", [
  select("system", "System", () => systemsWith("passages")),
  select("a", "Article", state => {
    const own = new Set(pairsOf(state.system).flatMap(pair => [pair.a, pair.b]));
    return [["", "the pair with most"], ...data.docs.map((doc, i) => [doc.id, doc.id, i]).filter(([, , i]) => own.has(i))];
  }),
  select("b", "Beside", state => {
    const pairs = pairsOf(state.system).filter(pair => !state.a || [pair.a, pair.b].some(doc => data.docs[doc].id === state.a));
    return pairs.map(pair => {
      const other = state.a && data.docs[pair.a].id === state.a ? pair.b : pair.a;
      const shown = state.a ? data.docs[other].id : data.docs[pair.b].id;
      const lead = state.a ? "" : data.docs[pair.a].id + " – ";
      return [state.a ? shown : data.docs[pair.a].id + "\t" + shown, `${lead}${shown} (${pair.all})`];
    });
  }),
], (body, state) => {
  const items = reader(state.system, "passages");
  const [one, two] = state.a ? [state.a, state.b] : (state.b ?? "").split("\t");
  let a = data.docs.findIndex(doc => doc.id === one), b = data.docs.findIndex(doc => doc.id === two);
  if (!items || a < 0 || b < 0) return body.replaceChildren(make("p", {class: "empty"}, "No aligned passages."));
  if (a > b && !pairsOf(state.system).some(pair => pair.a === a && pair.b === b)) [a, b] = [b, a];
  if (codePoints(a) === null || codePoints(b) === null) return body.replaceChildren(make("p", {class: "empty"}, "The gold holds no text of these articles."));
  const sides = [[], []], joints = [];
  for (let row = 0; row < items.size; row++) {
    if (items.get("doc_id", row) !== a || items.get("other", row) !== b) continue;
    for (const side of ["gold", "pred"]) {
      if (items.get(side + "_row", row) < 0) continue;
      const own = {side, row, class: items.get("class", row), relation: items.get(side + "_type", row)};
      const left = {...own, start: items.get(side + "_start", row), end: items.get(side + "_end", row)};
      const right = {...own, start: items.get(side + "_other_start", row), end: items.get(side + "_other_end", row)};
      sides[0].push(left); sides[1].push(right);
      joints.push({...own, left, right});
    }
  }
  const columns = [a, b].map((doc, i) => laidOut(doc, sides[i], data.docs[doc].id));
  const svg = drawn("svg", {"aria-hidden": "true"});
  const grid = make("div", {class: "pair"},
    make("div", {class: "col"}, make("h4", {}, data.docs[a].id), columns[0].box),
    make("div", {class: "gutter"}),
    make("div", {class: "col"}, make("h4", {}, data.docs[b].id), columns[1].box), svg);
  const inspector = make("p", {class: "note", role: "status"}, "Point at underlined words, or press ← and → when a text has the focus, to see what they are aligned with.");
  const classes = data.classes.passage.filter(name => joints.some(joint => joint.class === name));
  body.replaceChildren(legendOf(classes), inspector, grid);
  const draw = () => {
    svg.replaceChildren();
    const frame = grid.getBoundingClientRect(), gutter = grid.querySelector(".gutter").getBoundingClientRect();
    svg.style.left = gutter.left - frame.left + "px";
    svg.setAttribute("width", gutter.width);
    svg.setAttribute("height", frame.height);
    for (const joint of joints) {
      const middle = span => {
        const boxes = (span.nodes ?? []).map(node => node.getBoundingClientRect());
        return (Math.min(...boxes.map(box => box.top)) + Math.max(...boxes.map(box => box.bottom))) / 2 - frame.top;
      };
      const [y1, y2] = [middle(joint.left), middle(joint.right)];
      if (!Number.isFinite(y1) || !Number.isFinite(y2)) continue;
      const w = gutter.width;
      joint.path = drawn("path", {d: `M4,${y1} C${w / 2},${y1} ${w / 2},${y2} ${w - 4},${y2}`, class: `joint ${joint.side} ${look(joint.class)}`});
      svg.append(joint.path);
    }
  };
  const inspect = piece => {
    for (const node of grid.querySelectorAll(".on, .now")) node.classList.remove("on", "now");
    piece.node.classList.add("now");
    const rows = new Set(piece.over.map(span => span.row));
    const told = [];
    for (const joint of joints) {
      const on = rows.has(joint.row);
      joint.path?.classList.toggle("on", on);
      if (!on) continue;
      told.push(`${joint.side === "gold" ? "gold" : "predicted"} ${joint.relation ?? "copy"}: ${joint.class}`);
      for (const span of [joint.left, joint.right]) for (const node of span.nodes ?? []) node.classList.add("on");
    }
    inspector.textContent = told.join(" · ");
  };
  for (const {box, pieces} of columns) {
    let now = -1;
    box.addEventListener("pointerover", event => { const hit = event.target.closest(".seg"); if (hit) inspect(hit.piece); });
    box.addEventListener("keydown", event => {
      const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
      if (!step || !pieces.length) return;
      event.preventDefault();
      now = (now + step + pieces.length) % pieces.length;
      inspect(pieces[now]);
      pieces[now].node.scrollIntoView({block: "nearest"});
    });
  }
  draw();
  if ("ResizeObserver" in window) new ResizeObserver(draw).observe(grid);
});
