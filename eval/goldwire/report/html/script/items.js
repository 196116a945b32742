// The list of items: every mention, trigger, argument, link, pair and passage of the embedded documents.

const SIZE = 50;

const typed = (items, row, side) => {
  const parts = [items.get(side + "_type", row), items.get(side + "_event", row)].filter(Boolean);
  return parts.join(" of ");
};

const inContext = (doc, start, end, kind) => {
  const text = codePoints(doc);
  if (text === null || start < 0) return null;
  const flat = part => part.join("").replace(/\s+/g, " ");
  const width = 48;
  return make("div", {class: "words " + (kind ?? "")},
    (start > width ? "…" : "") + flat(text.slice(Math.max(0, start - width), start)),
    make("mark", {}, words(doc, start, end)),
    flat(text.slice(end, end + width)) + (end + width < text.length ? "…" : ""));
};

const quoted = (items, row, side) => {
  const doc = items.get("doc_id", row), other = items.get("other", row), kind = look(items.get("class", row));
  const lost = side === "pred" && items.get("string", row);
  if (lost) return [make("div", {class: "words " + kind}, make("mark", {}, lost), " has no place left in the text")];
  return [
    inContext(doc, items.get(side + "_start", row), items.get(side + "_end", row), kind),
    other >= 0 ? inContext(other, items.get(side + "_other_start", row), items.get(side + "_other_end", row), kind) : null,
  ].filter(Boolean);
};

const placeOf = (items, row) => {
  const kind = items.get("kind", row), doc = items.get("doc_id", row), other = items.get("other", row);
  const system = String(items.system);
  if (kind === "passage" || kind === "pair") return written("passages", {system, a: data.docs[doc].id, b: data.docs[other].id});
  const layer = {trigger: "events", argument: "events", filler: "events", template: "events", time: "times"}[kind] ?? (items.task.startsWith("event") ? "events" : "entities");
  const at = Math.max(items.get("gold_start", row), items.get("pred_start", row));
  return written("articles", {doc: data.docs[doc].id, system, layer, at: at < 0 ? "" : at});
};

const cells = (items, row) => {
  const doc = items.get("doc_id", row), other = items.get("other", row);
  const name = data.docs[doc].id + (other >= 0 && other !== doc ? " – " + data.docs[other].id : "");
  const said = side => {
    const there = items.get(side + "_row", row) >= 0;
    const link = items.get("kind", row) === "link";
    if (!there && !link) return make("span", {class: "pop"}, "–");
    const note = items.get(side + "_note", row);
    return make("div", {}, typed(items, row, side) || (there ? "✓" : "–"), note ? make("small", {}, " " + note) : null);
  };
  const g = quoted(items, row, "gold"), p = quoted(items, row, "pred");
  const same = ["start", "end", "other_start", "other_end"].every(end => items.get("gold_" + end, row) === items.get("pred_" + end, row));
  const shown = g.length ? (p.length && !same ? [...g, ...p] : g) : p;
  return {name, said, shown};
};

// The label of a facet on one side; in the column of types stand roles, relations, levels and knowledge-base ids, too.
const OWN = {argument: "role", filler: "role", passage: "relation", pair: "level", linked: "id", link: "cluster"};
const labelOf = (items, row, side, facet) => {
  const kind = items.get("kind", row), own = OWN[kind] ?? "type";
  if (facet === own) return items.get(side + "_type", row);
  if (facet === "type") return items.get(side + "_event", row);
  return ["level", "zone", "track", "realis"].includes(facet) ? items.get(`${side}_${facet}`, row) : null;
};

const counts = (items, row, side, facets, nil) => items.get(side + "_row", row) >= 0
  && facets.every(([facet, label]) => labelOf(items, row, side, facet) === label)
  && (!nil || (items.get(side + "_type", row) === "NIL") === (nil === "1"));

part("items", [
  select("system", "System", () => systemsWith()),
  select("task", "Task", state => Object.keys(data.items[state.system || 0] ?? {}).map(task => [task, `${task} (${number(data.totals[state.system || 0][task])})`])),
  select("kind", "Kind", state => {
    const columns = data.items[state.system || 0]?.[state.task];
    const kinds = columns ? [...new Set(columns.kind)].map(code => data.pool[code]) : [];
    return kinds.length === 1 ? [["", kinds[0]]] : [["", "all"], ...kinds.map(kind => [kind, kind])];
  }),
  select("class", "Class", state => {
    const columns = data.items[state.system || 0]?.[state.task];
    const kinds = columns ? [...new Set(columns.kind)].map(code => data.pool[code]) : [];
    const names = kinds.filter(kind => !state.kind || kind === state.kind).flatMap(kind => data.classes[kind]);
    return [["", "all"], ["wrong", "all but correct"], ...[...new Set(names)].map(name => [name, name])];
  }),
  select("side", "Counted on", () => [["", "both sides"], ["gold", "gold"], ["pred", "prediction"]]),
  search("type", "Type, role or relation", "any"),
  search("doc", "Document", "any"),
  search("text", "Words", "any"),
], (body, state, change) => {
  const items = reader(state.system, state.task);
  if (!items) return body.replaceChildren(make("p", {class: "empty"}, "No items."));
  const facets = Object.entries(state).filter(([key, label]) => key.startsWith("is-") && label).map(([key, label]) => [key.slice(3), label]);
  const sides = state.side ? [state.side] : ["gold", "pred"];
  const wanted = [];
  const needle = (state.text ?? "").toLocaleLowerCase();
  const has = (row, names, label) => names.some(name => items.get(name, row) === label);
  for (let row = 0; row < items.size; row++) {
    const kind = items.get("class", row);
    if (state.kind && items.get("kind", row) !== state.kind) continue;
    if (state.class && (state.class === "wrong" ? kind === "correct" : kind !== state.class)) continue;
    if ((state.side || state.nil || facets.length) && !sides.some(side => counts(items, row, side, facets, state.nil))) continue;
    if (state.type && !has(row, ["gold_type", "pred_type", "gold_event", "pred_event"], state.type)) continue;
    if (["gold", "pred"].some(side => state[side] && state[side] !== (items.get(side + "_row", row) < 0 ? "-" : items.get(side + "_type", row) ?? "(none)"))) continue;
    if (state.doc && ![items.get("doc_id", row), items.get("other", row)].some(doc => doc >= 0 && data.docs[doc].id.includes(state.doc))) continue;
    if (needle && !["gold", "pred"].some(side => (words(items.get("doc_id", row), items.get(side + "_start", row), items.get(side + "_end", row)) ?? "").toLocaleLowerCase().includes(needle))) continue;
    wanted.push(row);
  }
  const page = Math.min(Number(state.page ?? 0), Math.max(0, Math.ceil(wanted.length / SIZE) - 1));
  const turn = to => { change({page: to}); history.replaceState(null, "", written("items", state)); body.scrollIntoView(); };
  const rows = wanted.slice(page * SIZE, page * SIZE + SIZE).map(row => {
    const {name, said, shown} = cells(items, row);
    return make("tr", {},
      make("td", {class: "tight"}, chip(items.get("class", row))),
      make("td", {}, ...shown),
      make("td", {"data-side": "gold"}, said("gold")), make("td", {"data-side": "predicted"}, said("pred")),
      make("td", {class: "where"}, make("a", {href: placeOf(items, row)}, name)));
  });
  const narrowed = ["gold", "pred"].filter(side => state[side]).map(side => `${side} ${state[side] === "-" ? "without item" : state[side]}`);
  const total = data.totals[state.system][state.task];
  const count = `${number(wanted.length)} of ${number(items.size)} items` + (total > items.size ? ` on this page (${number(total)} in all)` : "")
    + (narrowed.length ? ", " + narrowed.join(", ") : "");
  const lifted = [...facets.map(([facet]) => "is-" + facet), ...(state.nil ? ["nil"] : [])];
  const chosen = [...facets.map(([facet, label]) => `${facet} ${label}`), ...(state.nil ? [state.nil === "1" ? "NIL only" : "with a knowledge-base id"] : [])];
  const lift = chosen.length ? make("button", {type: "button", class: "lift", onclick: () => {
    for (const key of lifted) delete state[key];
    change({}); history.replaceState(null, "", written("items", state));
  }}, chosen.join(", ") + " ×") : null;
  const head = ["class", "words", "gold", "predicted", "document"].map(name => make("th", {scope: "col"}, name));
  body.replaceChildren(
    make("p", {class: "note", role: "status", id: "items-count"}, count, lift ? " " : null, lift),
    rows.length ? make("table", {class: "list"}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows)) : make("p", {class: "empty"}, "Nothing matches."),
    ...[pager(page, SIZE, wanted.length, turn)].filter(Boolean));
});
