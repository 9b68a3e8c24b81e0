// The API calls that were received, and the one that is opened.

import { el, fill } from "../dom.js";
import { control, look } from "../door.js";
import { makeListPane } from "../parts/list_pane.js";
import { block, copyButton, emptyState, facts, pretty, statusBadge, timeOf } from "../parts/small.js";
import { sayFullTime } from "../words.js";
import { firstMail } from "./first_mail.js";

const FILTERS = [["", "All"], ["2", "Accepted (2xx)"], ["4", "Refused (4xx)"], ["5", "Broken (5xx)"], ["fault", "With a fault"]];

/** Make the list of calls. */
export function makeCalls(page) {
  const clear = el("button", {
    type: "button", class: "button quiet copy",
    onclick: () => page.attempt(async () => {
      await control("DELETE", "/calls");
      pane.restart();
    }, "The calls were forgotten"),
  }, "Clear");
  const pane = makeListPane({
    source: "calls",
    label: "API calls",
    nouns: ["call", "calls"],
    searchLabel: "Search method, path or status",
    filter: { name: "status", label: "Show calls that were", options: FILTERS },
    keyOf: (row) => row.number,
    makeRow: (row) => makeRow(row, page),
    empty: () => emptyState("calls", "No calls yet", firstMail(page)),
    tools: [clear],
  });
  const detail = el("section", { class: "detail", "aria-label": "The opened call" });
  const node = el("div", { class: "panes" }, pane.node, detail);
  let opened = "";

  function showNothing() {
    fill(detail, emptyState("calls", "Choose a call", el("p", {}, "Its headers, body and answer show here.")));
  }

  async function open(number) {
    opened = number;
    node.classList.toggle("open", Boolean(number));
    pane.mark(number);
    if (!number) return showNothing();
    try {
      const call = await look(`calls/${encodeURIComponent(number)}`);
      if (opened === number) fill(detail, makeCall(call, page));
    } catch (error) {
      if (opened === number) fill(detail, emptyState("calls", "This call is not here", el("p", {}, error.message)));
    }
    return undefined;
  }

  showNothing();
  return {
    node,
    fills: true,
    search: pane.search,
    open,
    async hear(news, changed) {
      if (changed.has("calls")) await pane.refresh();
    },
  };
}

function makeRow(row, page) {
  return el("li", {}, el("a", { href: `#/calls/${row.number}` },
    el("span", { class: "line" }, el("span", { class: "path" }, el("b", {}, row.method), " ", row.path.replace(/^\/v1/, "")), timeOf(row.at, page.now())),
    el("span", { class: "line" }, el("span", { class: "what" }, row.token ?? "no token"),
      row.fault && el("span", { class: "badge info" }, row.fault), statusBadge(row.status))));
}

function makeCall(call, page) {
  const command = writeCurl(call);
  const query = call.query.map(([name, value]) => [name, el("code", {}, value)]);
  return el("article", { class: "opened" },
    el("a", { class: "button back", href: "#/calls" }, "‹ Calls"),
    el("div", { class: "head" }, el("h2", {}, `${call.method} ${call.path}`), statusBadge(call.status)),
    facts([
      ["Received", el("time", { datetime: call.at }, sayFullTime(call.at))],
      ["Number", String(call.number)],
      ["Token", call.token ?? "none that is known"],
      ["Fault", call.fault],
    ]),
    el("div", { class: "row" }, copyButton(command, "the call", page.say, "Copy as curl")),
    query.length > 0 && el("section", { class: "stack tight" }, el("h3", {}, "Query"), facts(query)),
    call.answer && el("section", { class: "stack tight" }, el("h3", {}, "Answer"), block(pretty(call.answer), "Body of the answer")),
    el("section", { class: "stack tight" }, el("h3", {}, "Body"),
      call.body === null ? el("p", { class: "hint" }, "It came without a body.") : block(pretty(call.body), "Body of the call")),
    el("section", { class: "stack tight" }, el("h3", {}, "Headers"),
      facts(Object.entries(call.headers).map(([name, value]) => [name, el("code", {}, value)]))));
}

function writeCurl(call) {
  const tail = new URLSearchParams(call.query).toString();
  const parts = [`curl -X ${call.method} '${location.origin}${call.path}${tail ? `?${tail}` : ""}'`, "-H \"Authorization: Bearer $TOKEN\""];
  if (call.body !== null) {
    const body = typeof call.body === "string" ? call.body : JSON.stringify(call.body);
    parts.push("-H 'Content-Type: application/json'", `-d '${body.replaceAll("'", "'\\''")}'`);
  }
  return parts.join(" \\\n  ");
}
