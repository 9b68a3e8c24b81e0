// The calls to webhooks, with every try of them.

import { el, fill } from "../dom.js";
import { look } from "../door.js";
import { makePage } from "../parts/page_frame.js";
import { block, copyButton, emptyState, facts, statusBadge, timeOf } from "../parts/small.js";
import { sayFullTime } from "../words.js";

const TONES = { delivered: "good", pending: "idle", failed: "bad", dropped: "warn", skipped: "warn" };
const WORDS = { dropped: "dropped: its hook was paused or deleted", skipped: "skipped: not on this machine" };

/** Make the view of webhook deliveries. */
export function makeWebhooks(page) {
  const list = el("div", {});
  const warnings = el("div", { class: "stack tight" });
  let shown = "";

  async function refresh() {
    const found = await look("webhooks", { limit: 200 });
    const text = JSON.stringify(found);
    if (text === shown) return;
    shown = text;
    const open = new Set([...list.querySelectorAll("details[open]")].map((each) => each.dataset.id));
    fill(warnings, found.warnings.map((each) => el("p", { class: "warned" }, each.message ?? JSON.stringify(each))));
    fill(list, found.rows.length
      ? found.rows.map((row) => makeDelivery(row, page, open.has(row.id)))
      : emptyState("webhooks", "No webhook was called yet", el("p", {}, "Create one with POST /v1/webhooks; what it is told shows here.")));
  }

  const node = makePage("Webhooks", "Every call that the sandbox made to a webhook or an inbound forward, newest first.", warnings, el("section", { class: "card" }, list));
  return {
    node,
    async hear(news, changed) {
      if (changed.has("webhooks")) await refresh();
    },
  };
}

function makeDelivery(row, page, isOpen) {
  const body = prettyText(row.body);
  return el("details", { class: "delivery", "data-id": row.id, open: isOpen },
    el("summary", {},
      el("span", { class: `badge ${TONES[row.state] ?? "idle"}`, title: WORDS[row.state] }, row.state),
      el("b", {}, row.event), el("span", { class: "hint" }, row.url), timeOf(row.at, page.now())),
    el("div", { class: "stack tight" },
      facts([
        ["Kind", row.kind],
        ["State", WORDS[row.state] ?? row.state],
        ["Next try", row.next_at && sayFullTime(row.next_at)],
        ["Signature", el("span", {}, el("code", {}, row.signature), " ", copyButton(row.signature, "the signature", page.say))],
      ]),
      row.attempts.length > 0 && el("ol", { class: "stack tight" }, row.attempts.map((attempt) => makeAttempt(attempt, page))),
      block(body, "Body of the webhook call")));
}

function makeAttempt(attempt, page) {
  const { at, status, ...rest } = attempt;
  const details = Object.entries(rest).filter(([, value]) => value !== null && value !== "").map(([name, value]) => `${name.replaceAll("_", " ")}: ${typeof value === "object" ? JSON.stringify(value) : value}`);
  return el("li", { class: "row" }, statusBadge(status), at && timeOf(at, page.now()), el("span", { class: "hint" }, details.join(" · ")));
}

function prettyText(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
