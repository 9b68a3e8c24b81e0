// One email, opened: its state and history, what can be made to happen, and its content.

import { el, fill } from "../dom.js";
import { copyButton, facts, stateBadge, timeOf } from "../parts/small.js";
import { makeTabs } from "../parts/tabs.js";
import { sayFullTime, sayList, sayState } from "../words.js";
import { makeHappenings } from "./happenings.js";
import { makeContents } from "./contents.js";

// Letters that are nobody's email, and how they came to be.
const UNTOLD = {
  forwarded: "It came in by SMTP, and an inbound route forwarded it.",
  confirmation: "The sandbox wrote it to the owner of a sender identity; its link confirms the address.",
};

let chosenTab = "html";

/** Make the view of one email; `show` fills it, again and again. */
export function makeMessage(page, emailId) {
  const top = el("div", { class: "stack tight" });
  const steps = el("ol", { class: "steps", "aria-label": "What happened" });
  const lists = el("p", { class: "warned", hidden: true });
  const copies = el("div", { class: "copies", hidden: true });
  const body = el("div", { class: "panel" });
  const happenings = makeHappenings(page, emailId);
  const node = el("article", { class: "opened" }, top, happenings, steps, lists, copies, body);
  let contentShown = "";

  function show(email) {
    fill(top, ...makeTop(email, page));
    // What a route forwarded or the sandbox wrote is nobody's email: nothing can happen to it here.
    happenings.hidden = email.state in UNTOLD;
    fill(steps, makeSteps(email, page));
    lists.hidden = email.lists.length === 0;
    lists.textContent = `Suppressed: ${email.recipient} is on the list of ${email.lists.map(sayList).join(" and of ")}.`;
    copies.hidden = email.copies.length === 0;
    fill(copies, el("span", { class: "label" }, "Also to"), email.copies.map(makeCopy));
    // A frame that is being read is not made anew just because something happened.
    const content = JSON.stringify([email.has_left, email.has_html, email.text, email.headers]);
    if (content === contentShown) tabs.update(email);
    else tabs = makeBody(email);
    contentShown = content;
  }

  let tabs = null;

  function makeBody(email) {
    const contents = makeContents(page, email);
    const made = makeTabs("Parts of the email", contents.tabs, {
      chosen: chosenTab,
      onChoose: (key) => { chosenTab = key; contents.chosen(key); },
    });
    fill(body, made.list, made.panel);
    return { update: (news) => contents.update(news, made) };
  }

  return { node, show, isShown: () => tabs !== null };
}

function makeTop(email, page) {
  const { words } = sayState(email.state);
  return [
    el("a", { class: "button back", href: "#/outbox" }, "‹ Outbox"),
    el("div", { class: "head" },
      el("h2", { id: "subject" }, email.subject || "(no subject)"),
      el("span", { "aria-label": `State: ${words}`, role: "img", class: "state" }, stateBadge(email.state))),
    facts([["To", email.recipient], ["From", email.sender]], true),
    facts([
      ["Accepted", timeOf(email.at, page.now())],
      ["Leaves", email.has_left ? null : email.leaves_at && sayFullTime(email.leaves_at)],
      ["Tags", email.tags?.join(", ")],
      ["Template", email.template_id],
      ["Message", el("span", {}, el("code", {}, email.message_id), " ", copyButton(email.message_id, "the message id", page.say))],
    ], true),
  ];
}

function makeSteps(email, page) {
  const told = email.history.filter((step) => !step.type.endsWith("_unique"));
  if (!told.length) return el("li", {}, UNTOLD[email.state] ?? "Nothing has happened to it yet.");
  return told.map((step) => {
    const { words, tone } = sayState(step.type);
    return el("li", {}, el("span", { class: `dot ${tone}`, "aria-hidden": "true" }), el("b", {}, words), timeOf(step.at, page.now()));
  });
}

function makeCopy(copy) {
  return el("a", { href: `#/outbox/${encodeURIComponent(copy.email_id)}` }, copy.recipient, ": ", sayState(copy.state).words);
}
