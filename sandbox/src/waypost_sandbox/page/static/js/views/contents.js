// The parts of an email, each under its tab. Its html lives in a frame of its own origin.

import { el, fill } from "../dom.js";
import { lookAddress, lookText } from "../door.js";
import { block, emptyState, facts, timeOf } from "../parts/small.js";
import { count, sayFullTime, saySize, sayState } from "../words.js";

/** Make the tabs of an email; `update` renews what may change after it was accepted. */
export function makeContents(page, email) {
  const path = `emails/${encodeURIComponent(email.email_id)}`;
  const state = { email, key: "" };
  const hasText = Boolean(email.text);
  const tabs = [
    email.has_html && { key: "html", label: "HTML", show: () => makeFrame(path, email) },
    { key: "text", label: "Text", show: () => (hasText ? block(email.text, "Text of the email") : none("It has no text part.")) },
    { key: "headers", label: "Headers", show: () => makeHeaders(email) },
    { key: "source", label: "Source", show: () => makeSource(path, email) },
    { key: "attachments", label: `Attachments (${email.attachments.length})`, show: () => makeAttachments(path, email) },
    { key: "history", label: "History", show: () => makeHistory(state.email, page) },
  ].filter(Boolean);
  return {
    tabs,
    chosen: (key) => { state.key = key; },
    update(news, made) {
      const isNew = news.history.length !== state.email.history.length;
      state.email = news;
      if (isNew && state.key === "history") made.choose("history");
    },
  };
}

function none(words) {
  return el("p", { class: "hint" }, words);
}

function notLeft() {
  return none("It has not left yet: it waits for its time, or the clock stands still.");
}

function makeFrame(path, email) {
  // No scripts, no forms, no same origin; the server's own policy says so a second time.
  const frame = el("iframe", {
    class: "letter", title: `The email “${email.subject}” as html`, referrerpolicy: "no-referrer",
    sandbox: "allow-popups allow-popups-to-escape-sandbox", src: lookAddress(`${path}/html`),
  });
  const remote = el("input", {
    type: "checkbox", onchange: () => { frame.src = lookAddress(`${path}/html`, { remote: remote.checked ? "1" : "" }); },
  });
  const phone = el("input", { type: "checkbox", onchange: () => frame.classList.toggle("phone", phone.checked) });
  return [
    el("div", { class: "row" },
      el("label", { class: "check", title: "The open pixel is one of them: loading it counts as an open" }, remote, "Load remote images (counts as an open)"),
      el("label", { class: "check" }, phone, "Phone width"),
      el("a", { class: "button quiet push", href: lookAddress(`${path}/html`), target: "_blank", rel: "noreferrer" }, "Open alone ↗")),
    frame,
  ];
}

function makeHeaders(email) {
  if (!email.headers.length) return notLeft();
  const rows = email.headers.map(([name, value]) => el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, el("code", {}, value))));
  return el("div", { class: "wide" }, el("table", { "aria-label": "Headers" }, el("tbody", {}, rows)));
}

function makeSource(path, email) {
  if (!email.has_left) return notLeft();
  const place = el("div", {}, none("Reading…"));
  lookText(`${path}/source`).then(
    (text) => fill(place, block(text, "Source of the email")),
    (error) => fill(place, none(error.message)),
  );
  return [
    el("div", { class: "row" }, el("a", { class: "button", href: lookAddress(`${path}/source`, { download: "1" }), download: `${email.email_id}.eml` }, "Download .eml")),
    place,
  ];
}

function makeAttachments(path, email) {
  if (!email.attachments.length) return none(email.has_left ? "Nothing is attached." : "It has not left yet.");
  return el("ul", { class: "enclosed", "aria-label": count(email.attachments.length, "attachment") }, email.attachments.map((item) => el("li", {},
    el("b", {}, item.filename),
    el("span", { class: "hint" }, `${item.content_type}, ${saySize(item.size)}${item.disposition === "inline" ? ", inline" : ""}`),
    el("a", { class: "button push", href: lookAddress(`${path}/attachments/${item.place}`), download: item.filename }, "Download"))));
}

function makeHistory(email, page) {
  if (!email.history.length) return emptyState("clock", "Nothing has happened yet");
  return el("ol", { class: "history" }, email.history.map((step) => {
    const { words, tone } = sayState(step.type);
    const details = Object.entries({ ...step.meta, suppression_reason: step.reason });
    return el("li", {},
      el("span", { class: `dot ${tone}`, "aria-hidden": "true" }),
      el("span", {}, el("b", {}, words), " ", el("span", { title: sayFullTime(step.at) }, timeOf(step.at, page.now()))),
      facts(details.map(([name, value]) => [name.replaceAll("_", " "), typeof value === "object" && value ? JSON.stringify(value) : value && String(value)])));
  }));
}
