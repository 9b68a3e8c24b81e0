// The left pane: search, filter, tally and rows; the right one shows what is chosen.

import { el, fill } from "../dom.js";
import { look } from "../door.js";
import { count } from "../words.js";
import { choice } from "./small.js";
import { makeRows, moveByKeys } from "./rows.js";

const STEP = 100;

/**
 * Make a list pane.
 * `source` is what is looked at, `nouns` its singular and plural, `filter` {name, label, options}, `tools` nodes beside the tally.
 */
export function makeListPane({ source, label, nouns, searchLabel, filter, keyOf, makeRow, empty, tools = [], onNews }) {
  let limit = STEP;
  let asked = 0;
  let shown = "";
  const search = el("input", { type: "search", "aria-label": searchLabel, placeholder: "Search", autocomplete: "off", spellcheck: "false" });
  const select = choice(filter.options, { "aria-label": filter.label });
  const tally = el("span", {});
  const list = el("ul", {});
  const nothing = el("div", {});
  const more = el("div", { class: "more", hidden: true }, el("button", {
    type: "button", class: "button", onclick: () => { limit += STEP; refresh(); },
  }, "Show more"));
  const rows = makeRows(list, { keyOf, make: makeRow });
  moveByKeys(list);
  const node = el("section", { class: "list", "aria-label": label },
    el("div", { class: "search", role: "search" }, search, select),
    el("div", { class: "tally" }, tally, tools),
    el("div", { class: "rows" }, list, nothing, more));

  let timer = null;
  search.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(start, 120); });
  select.addEventListener("change", start);

  function start() {
    limit = STEP;
    rows.clear();
    refresh();
  }

  async function refresh() {
    asked += 1;
    const mine = asked;
    const found = await look(source, { q: search.value.trim(), [filter.name]: select.value, limit });
    if (mine !== asked) return;
    const fresh = rows.show(found.rows);
    rows.mark(shown);
    more.hidden = !found.more;
    const isNarrowed = Boolean(search.value.trim() || select.value);
    tally.textContent = isNarrowed
      ? `${found.rows.length}${found.more ? "+" : ""} of ${found.total.toLocaleString()}`
      : count(found.total, ...nouns);
    nothing.hidden = found.rows.length > 0;
    if (nothing.hidden) nothing.replaceChildren();
    else fill(nothing, isNarrowed ? el("p", { class: "empty" }, "Nothing matches.") : empty());
    if (fresh.length && !isNarrowed) onNews?.(found.rows.filter((row) => fresh.includes(String(keyOf(row)))));
  }

  return {
    node,
    search,
    refresh,
    restart: start,
    mark(key) { shown = key; rows.mark(key); },
  };
}
