// Buttons that make something happen to an email.

import { el } from "../dom.js";
import { control } from "../door.js";

const EVENTS = [
  ["delivered", "Deliver", "good", "delivered"],
  ["opened", "Open", "info", "opened"],
  ["clicked", "Click", "info", "clicked"],
  ["deferred", "Defer", "warn", "deferred"],
  ["soft_bounced", "Soft bounce", "bad", "bounced for now"],
  ["hard_bounced", "Hard bounce", "bad", "bounced for good; the address is suppressed"],
  ["spam_complaints", "Complaint", "bad", "reported as spam; the address is suppressed"],
  ["unsubscribed", "Unsubscribe", "warn", "unsubscribed; the address is suppressed"],
];

/** Make the bar of things that can be made to happen. */
export function makeHappenings(page, emailId) {
  const make = ([type, label, tone, done]) => el("button", {
    type: "button", class: "button", "data-event": type,
    onclick: () => page.attempt(() => control("POST", "/events", { email_id: emailId, type }), `The email was ${done}`),
  }, el("span", { class: `dot ${tone}`, "aria-hidden": "true" }), label);
  return el("div", { class: "happen", role: "group", "aria-label": "Make it happen" },
    el("span", { class: "label" }, "Make it happen"), EVENTS.map(make));
}
