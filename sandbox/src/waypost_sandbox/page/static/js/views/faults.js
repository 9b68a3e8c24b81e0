// Faults: trouble made on purpose, for the next requests that match.

import { el, fill } from "../dom.js";
import { control } from "../door.js";
import { makePage } from "../parts/page_frame.js";
import { choice, emptyState, field } from "../parts/small.js";

const KINDS = {
  500: { words: "Answer 500, server error", fault: { status: 500 } },
  503: { words: "Answer 503, unavailable", fault: { status: 503 } },
  429: { words: "Answer 429, too many requests", fault: { status: 429, headers: { "retry-after": "5" }, body: { message: "Too Many Attempts." } } },
  slow: { words: "Answer late, by 5 seconds", fault: { delay_ms: 5000 } },
  before: { words: "Cut the connection before it takes effect", fault: { drop: "before" } },
  after: { words: "Cut the connection after it took effect", fault: { drop: "after" } },
  html: { words: "Answer with a proxy's html page", fault: { status: 502, body: "<html><body>Bad Gateway</body></html>", content_type: "text/html" } },
  custom: { words: "Something else…", fault: {} },
};

/** Make the view of faults. */
export function makeFaults(page) {
  const list = el("div", {});
  let held = [];

  async function refresh() {
    held = (await control("GET", "/faults")).data;
    fill(list, held.length ? makeTable(held, remove) : emptyState("faults", "No faults are set", el("p", {}, "Every request is answered as it should be.")));
    clear.hidden = held.length === 0;
  }

  // The control plane forgets all or nothing, so the others are set again, in their order.
  const remove = (place) => page.attempt(async () => {
    const rest = held.filter((_, at) => at !== place).map(({ body, ...fault }) => (body === null ? fault : { ...fault, body }));
    await control("DELETE", "/faults");
    if (rest.length) await control("POST", "/faults", rest);
    await refresh();
  }, "The fault was taken away");

  const clear = el("button", {
    type: "button", class: "button danger push", hidden: true,
    onclick: () => page.attempt(() => control("DELETE", "/faults").then(refresh), "All faults were taken away"),
  }, "Clear all");

  const node = makePage("Faults", "Make trouble on purpose, and see how your program takes it. The first fault that matches a request is used.",
    el("section", { class: "card stack" }, el("h2", {}, "Add a fault"), makeForm(page, refresh)),
    el("section", { class: "card stack" }, el("div", { class: "row" }, el("h2", {}, "Faults that are set"), clear), list));
  return {
    node,
    async hear(news, changed) {
      if (changed.has("faults")) await refresh();
    },
  };
}

function makeTable(faults, remove) {
  return el("div", { class: "wide" }, el("table", {},
    el("thead", {}, el("tr", {}, ["Request", "What happens", "Left", ""].map((name) => el("th", { scope: "col" }, name || el("span", { class: "unseen" }, "Remove"))))),
    el("tbody", {}, faults.map((fault, place) => el("tr", {},
      el("td", {}, el("code", {}, `${fault.method === "*" ? "any" : fault.method} ${fault.path}`)),
      el("td", {}, sayFault(fault)),
      el("td", {}, fault.times === null ? "always" : `${fault.times} ×`),
      el("td", {}, el("button", { type: "button", class: "button quiet copy", "aria-label": `Remove the fault of ${fault.path}`, onclick: () => remove(place) }, "Remove")))))));
}

function sayFault(fault) {
  const parts = [];
  if (fault.delay_ms) parts.push(`wait ${fault.delay_ms / 1000} s`);
  if (fault.drop) parts.push(`cut the connection ${fault.drop} it takes effect`);
  if (fault.status) parts.push(`answer ${fault.status}`);
  if (fault.body !== null) parts.push(fault.status ? "with a body of yours" : "spoil the answer's body");
  return parts.join(", ") || "altered headers";
}

function makeForm(page, refresh) {
  const kind = choice(Object.entries(KINDS).map(([key, { words }]) => [key, words]), { name: "kind" });
  const method = choice([["*", "any"], ...["GET", "POST", "PUT", "DELETE"].map((each) => [each, each])], { name: "method" });
  const path = el("input", { name: "path", value: "*", required: true, spellcheck: "false", list: "fault-paths" });
  const paths = el("datalist", { id: "fault-paths" }, ["*", "/email", "/bulk-email", "/domains*", "/messages*", "/activity/*"].map((value) => el("option", { value })));
  const times = el("input", { name: "times", type: "number", min: "1", value: "1" });
  const always = el("input", { type: "checkbox", name: "always", onchange: () => { times.disabled = always.checked; } });
  const status = el("input", { name: "status", type: "number", min: "100", max: "599", placeholder: "as usual" });
  const delay = el("input", { name: "delay", type: "number", min: "0", placeholder: "0" });
  const body = el("textarea", { name: "body", placeholder: "as usual; JSON, or any text", spellcheck: "false" });
  const own = el("div", { class: "form full", hidden: true }, field("Status", status), field("Delay in ms", delay), el("div", { class: "full" }, field("Body", body)));
  kind.addEventListener("change", () => { own.hidden = kind.value !== "custom"; });

  function readFault() {
    const fault = { ...KINDS[kind.value].fault, method: method.value, path: path.value.trim() || "*", times: always.checked ? null : Number(times.value) };
    if (kind.value !== "custom") return fault;
    if (status.value) fault.status = Number(status.value);
    if (delay.value) fault.delay_ms = Number(delay.value);
    if (body.value) fault.body = readBody(body.value);
    return fault;
  }

  const send = (event) => {
    event.preventDefault();
    page.attempt(() => control("POST", "/faults", [readFault()]).then(refresh), "The fault is set");
  };
  return el("form", { class: "form", onsubmit: send },
    el("div", { class: "full" }, field("What happens", kind)),
    own,
    field("Method", method),
    field("Path, a glob without /v1", path),
    field("How many times", times),
    el("label", { class: "check" }, always, "Every time"),
    paths,
    el("div", { class: "full" }, el("button", { class: "button main" }, "Set the fault")));
}

function readBody(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
