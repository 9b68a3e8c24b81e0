// The frame of a view that is a page of its own.

import { el } from "../dom.js";

/** Make a page: a heading, a line under it, and its cards. */
export function makePage(title, lead, ...content) {
  return el("div", { class: "page" },
    el("h1", { tabindex: "-1" }, title),
    el("p", { class: "lead" }, lead),
    el("div", { class: "stack" }, content));
}
