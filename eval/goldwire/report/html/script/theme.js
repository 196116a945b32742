// The theme: that of the system until the button is pressed. In the address, ?theme=dark sets it and ?only=items shows
// one part of the page alone.

const faults = [];
window.addEventListener("error", event => faults.push(event.message));
window.addEventListener("securitypolicyviolation", event => faults.push("policy: " + event.violatedDirective));
if (location.hash === "#selftest") {
  window.addEventListener("load", () => setTimeout(() => {
    const report = document.createElement("pre");
    report.id = "selftest-report";
    report.textContent = faults.length ? faults.join("\n") : "no faults";
    document.body.append(report);
  }, 50));
}

const root = document.documentElement;
const params = new URLSearchParams(location.search);
const asked = params.get("theme");
if (asked === "dark" || asked === "light") root.dataset.theme = asked;
document.getElementById("theme").addEventListener("click", () => {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});

if (params.has("only")) for (const one of document.querySelectorAll("main > section")) one.hidden = one.id !== params.get("only");

// Tables that say so are sorted by their heads.
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    if (head.querySelector("svg") || !head.textContent) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") !== "descending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = row => row.cells[column].dataset.v ?? row.cells[column].textContent;
      const order = (x, y) => {
        const [p, q] = [Number(x), Number(y)];
        return x !== "" && y !== "" && !Number.isNaN(p) && !Number.isNaN(q) ? p - q : x < y ? -1 : x > y ? 1 : 0;
      };
      const rows = [...table.tBodies[0].rows].sort((x, y) => order(key(x), key(y)));
      table.tBodies[0].append(...(down ? rows.reverse() : rows));
    });
  });
}
