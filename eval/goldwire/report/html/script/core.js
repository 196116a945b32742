// What every part uses: elements made of text, the embedded data, and addresses such as #items?task=entities.

const make = (name, attributes = {}, ...content) => {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "class") node.className = value;
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...content.filter(part => part !== null && part !== undefined));
  return node;
};

const drawn = (name, attributes = {}) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
};

const source = document.getElementById("data");
const data = source ? JSON.parse(source.textContent) : null;
const number = count => count.toLocaleString("en");
const look = name => "c-" + name.replace("+", "-");
const chip = name => make("span", {class: "chip " + look(name)}, name);

// Code points of a text: the offsets of the data count these, not what JavaScript calls characters.
const points = new Map();
const codePoints = doc => {
  if (!points.has(doc)) points.set(doc, data.docs[doc].text === null ? null : Array.from(data.docs[doc].text));
  return points.get(doc);
};
const words = (doc, start, end) => {
  const text = codePoints(doc);
  return text === null || start < 0 ? null : text.slice(Math.max(start, 0), end).join("");
};

// A column that holds nothing is not in the data; -1 stands for null.
const reader = (system, task) => {
  const columns = data.items[system]?.[task];
  if (!columns) return null;
  const size = columns.kind.length;
  const named = new Set(["kind", "class", "gold_type", "gold_event", "gold_note", "gold_id", "pred_type", "pred_event", "pred_note", "pred_id", "string"]);
  const get = (name, row) => {
    const value = columns[name] ? columns[name][row] : -1;
    return named.has(name) ? (value < 0 ? null : data.pool[value]) : value;
  };
  return {size, get, system, task};
};

const parsed = address => {
  const [name, query = ""] = address.replace(/^#/, "").split("?");
  return {name, wanted: new URLSearchParams(query)};
};
const written = (name, wanted) => {
  const kept = Object.entries(wanted).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return "#" + name + (kept.length ? "?" + new URLSearchParams(kept) : "");
};

// A part of the page that has state: its controls are made once, its content whenever they change.
const views = new Map();
const part = (name, controls, render) => {
  const place = document.getElementById(name + "-view");
  if (!place || !data) return;
  place.replaceChildren();
  const state = {};
  const fields = new Map();
  const bar = make("form", {class: "controls", onsubmit: event => event.preventDefault()});
  const body = make("div");
  const show = () => render(body, state, change);
  const change = (wanted, keep = true) => {
    for (const [key, field] of fields) {
      if (!(key in wanted)) { if (!keep) state[key] = field.initial; }
      else state[key] = String(wanted[key]);
    }
    for (const key of Object.keys(wanted)) if (!fields.has(key)) state[key] = String(wanted[key]);
    if (!keep) for (const key of Object.keys(state)) if (!fields.has(key) && !(key in wanted)) delete state[key];
    for (const [key, field] of fields) {
      if (field.fill) field.fill(state, field.node);
      field.write(state[key]);
      state[key] = field.read();
    }
    show();
  };
  const input = (key, again) => {
    state[key] = fields.get(key).read();
    delete state.page; delete state.gold; delete state.pred; delete state.item;
    for (const [other, field] of fields) if (other !== key && field.fill) { field.fill(state, field.node); field.write(state[other]); state[other] = field.read(); }
    history.replaceState(null, "", written(name, state));
    if (again) show();
  };
  for (const control of controls) {
    const node = control.make(() => input(control.key, true));
    const check = node.type === "checkbox";
    const field = {
      node, fill: control.fill, initial: control.initial ?? "",
      read: () => check ? (node.checked ? "1" : "") : node.value,
      write: value => {
        if (check) node.checked = value === "1";
        else if (node.tagName === "SELECT") node.value = [...node.options].some(one => one.value === value) ? value : node.options[0]?.value ?? "";
        else node.value = value ?? "";
      },
    };
    fields.set(control.key, field);
    state[control.key] = field.initial;
    bar.append(make("label", {class: check ? "check" : null}, ...(check ? [node, control.label] : [control.label, node])));
  }
  place.append(bar, body);
  views.set(name, {show: wanted => change(wanted, false), place});
  change({});
};

const select = (key, label, options, initial = "") => ({
  key, label, initial,
  make: changed => make("select", {onchange: changed}),
  fill: (state, node) => {
    const now = options(state);
    const same = node.options.length === now.length && now.every(([value, text], i) => node.options[i].value === value && node.options[i].text === text);
    if (same) return;
    node.replaceChildren(...now.map(([value, text]) => make("option", {value}, text)));
  },
});
const search = (key, label, placeholder) => ({
  key, label, make: changed => make("input", {type: "search", placeholder, oninput: changed}),
});
const checkbox = (key, label, initial = "") => ({
  key, label, initial, make: changed => make("input", {type: "checkbox", onchange: changed}),
});

const pager = (page, size, total, turn) => {
  const last = Math.max(0, Math.ceil(total / size) - 1);
  if (!last) return null;
  const first = page * size + 1;
  return make("div", {class: "pager"},
    make("button", {type: "button", disabled: page === 0, onclick: () => turn(page - 1)}, "← Previous"),
    `${number(first)} – ${number(Math.min(total, first + size - 1))} of ${number(total)}`,
    make("button", {type: "button", disabled: page >= last, onclick: () => turn(page + 1)}, "Next →"));
};

const systemsWith = task => data.systems.map((name, i) => [String(i), name]).filter(([i]) => data.items[i] && (!task ? Object.keys(data.items[i]).length : data.items[i][task]));
