// The small parts that views are made of.

import { el, icon } from "../dom.js";
import { sayFullTime, sayState, sayTime, toneOf } from "../words.js";

/** A badge that names an email's state. */
export function stateBadge(state) {
  const { words, tone } = sayState(state);
  return el("span", { class: `badge ${tone}` }, words);
}

/** A badge that names an HTTP status. */
export function statusBadge(status) {
  return el("span", { class: `badge ${toneOf(status)}` }, status ? String(status) : "no answer");
}

/** A time, short to the eye and whole on hover. */
export function timeOf(iso, now) {
  return el("time", { datetime: iso, title: `${sayFullTime(iso)} (${iso})` }, sayTime(iso, now));
}

/** A list of names and values; it may `flow` on few lines. */
export function facts(pairs, isFlowing = false) {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined && value !== false && value !== "");
  return el("dl", { class: isFlowing ? "facts flow" : "facts" }, shown.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

/** A block of text as it is, such as a source. */
export function block(text, label) {
  return el("pre", { class: "block", tabindex: "0", role: "region", "aria-label": label }, text);
}

/** A button that copies a text. */
export function copyButton(text, what, say, words = "Copy") {
  return el("button", {
    type: "button", class: "button quiet copy", "aria-label": words === "Copy" ? `Copy ${what}` : null,
    onclick: async () => {
      try {
        await navigator.clipboard.writeText(text);
        say(`Copied ${what}`);
      } catch {
        say("The browser did not allow copying", "bad");
      }
    },
  }, words);
}

/** What is shown where there is nothing. */
export function emptyState(name, title, ...more) {
  return el("div", { class: "empty" }, icon(name), el("h2", {}, title), ...more);
}

/** A field with its name. */
export function field(name, input, hint) {
  return el("label", { class: "field" }, el("span", {}, name), input, hint && el("small", { class: "hint" }, hint));
}

/** A choice among values; pairs of value and words. */
export function choice(options, attributes) {
  return el("select", attributes, options.map(([value, words]) => el("option", { value }, words)));
}

/** JSON, for reading. */
export function pretty(value) {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}
