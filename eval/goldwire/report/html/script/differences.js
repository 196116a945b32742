// What one system gets right and another wrong.

const sharedTasks = (a, b) => Object.keys(data.items[a] ?? {}).filter(task => data.items[b]?.[task]);

part("differences", [
  select("a", "A", () => systemsWith()),
  select("b", "B", state => systemsWith().filter(([i]) => i !== state.a && sharedTasks(state.a, i).length)),
  select("task", "Task", state => sharedTasks(state.a, state.b).map(task => [task, task])),
  select("better", "Right is", () => [["", "either"], ["a", "only A"], ["b", "only B"]]),
], (body, state, change) => {
  const a = reader(state.a, state.task), b = reader(state.b, state.task);
  if (!a || !b) return body.replaceChildren(make("p", {class: "empty"}, "These two have no task in common."));
  const goldOf = items => {
    const rows = new Map();
    for (let row = 0; row < items.size; row++) if (items.get("gold_row", row) >= 0) rows.set(items.get("kind", row) + items.get("gold_row", row), row);
    return rows;
  };
  const place = (items, row) => ["kind", "doc_id", "other", "pred_start", "pred_end", "pred_other_start", "pred_other_end", "pred_type", "pred_event"].map(name => items.get(name, row)).join("\t");
  const found = [];
  const ofA = goldOf(a), ofB = goldOf(b);
  for (const [key, row] of ofA) {
    if (!ofB.has(key)) continue;
    const [x, y] = [a.get("class", row), b.get("class", ofB.get(key))];
    if ((x === "correct") === (y === "correct")) continue;
    const better = x === "correct" ? "a" : "b";
    found.push({better, items: better === "a" ? b : a, row: better === "a" ? ofB.get(key) : row, x, y});
  }
  for (const [own, other, better] of [[a, b, "b"], [b, a, "a"]]) {
    const there = new Set();
    for (let row = 0; row < other.size; row++) if (other.get("gold_row", row) < 0) there.add(place(other, row));
    for (let row = 0; row < own.size; row++) {
      if (own.get("gold_row", row) >= 0 || there.has(place(own, row))) continue;
      const name = own.get("class", row);
      found.push({better, items: own, row, x: better === "b" ? name : null, y: better === "b" ? null : name});
    }
  }
  const shown = found.filter(one => !state.better || one.better === state.better);
  const page = Math.min(Number(state.page ?? 0), Math.max(0, Math.ceil(shown.length / SIZE) - 1));
  const turn = to => { change({page: to}); history.replaceState(null, "", written("differences", state)); body.scrollIntoView(); };
  const [first, second] = [data.systems[state.a], data.systems[state.b]];
  const rows = shown.slice(page * SIZE, page * SIZE + SIZE).map(({items, row, x, y}) => {
    const {name, said, shown: quotes} = cells(items, row);
    return make("tr", {},
      make("td", {class: "tight", "data-side": first}, x ? chip(x) : "–"), make("td", {class: "tight", "data-side": second}, y ? chip(y) : "–"),
      make("td", {}, ...quotes), make("td", {"data-side": "gold"}, said("gold")), make("td", {"data-side": "predicted"}, said("pred")),
      make("td", {class: "where"}, make("a", {href: placeOf(items, row)}, name)));
  });
  const count = better => number(found.filter(one => one.better === better).length);
  body.replaceChildren(
    make("p", {class: "note", role: "status", id: "differences-count"}, `${first} alone is right ${count("a")} times, ${second} alone ${count("b")} times in the documents on this page. Predictions are those of the system that errs.`),
    rows.length ? make("table", {class: "list"}, make("thead", {}, make("tr", {}, ...[first, second, "words", "gold", "predicted", "document"].map(text => make("th", {scope: "col"}, text)))), make("tbody", {}, ...rows)) : make("p", {class: "empty"}, "No differences."),
    ...[pager(page, SIZE, shown.length, turn)].filter(Boolean));
});
