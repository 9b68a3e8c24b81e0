// How to connect, how to choose outcomes, and what this is not.

import { el, fill } from "../dom.js";
import { look } from "../door.js";
import { makePage } from "../parts/page_frame.js";
import { block, copyButton, facts } from "../parts/small.js";
import { writeCommand } from "./first_mail.js";

const ADDRESSES = [
  ["bounce+hard@…", "hard bounce, then suppressed"],
  ["bounce+soft@…", "soft bounce; the fifth within 30 days holds the address for 72 hours"],
  ["complain@…", "delivered, a minute later a spam complaint"],
  ["unsubscribe@…", "delivered, a minute later unsubscribed"],
  ["defer@…", "deferred, five minutes later delivered"],
  ["open@…, click@…", "delivered, then opened (and clicked)"],
  ["anything else", "delivered"],
];

/** Make the view of where everything is. */
export function makeConnect(page) {
  const where = el("div", { class: "stack" }, el("p", { class: "hint" }, "Reading…"));
  let shown = "";

  async function refresh() {
    const found = await look("whereabouts");
    if (JSON.stringify(found) === shown) return;
    shown = JSON.stringify(found);
    fill(where, makeWhere(found, page));
  }

  const node = makePage("Connect", "Point your client here instead of at the real API. Everything it sends is kept for you to see.",
    el("section", { class: "card stack" }, el("h2", {}, "Where everything is"), where),
    el("section", { class: "card stack" }, el("h2", {}, "The address decides"),
      el("p", { class: "hint" }, "How the recipient's address begins chooses what becomes of the mail; anything after another + is free."),
      el("div", { class: "wide" }, el("table", {}, el("tbody", {}, ADDRESSES.map(([address, outcome]) => el("tr", {}, el("th", { scope: "row" }, el("code", {}, address)), el("td", {}, outcome))))))),
    el("section", { class: "card stack tight" }, el("h2", {}, "What it is not"),
      el("p", {}, "It is not MailerSend and not affiliated with MailerSend; the name belongs to its owner. It is built from public facts and holds none of their text beyond the words on the wire."),
      el("p", {}, "Where the public record is silent it guesses. ", el("a", { href: "/_sandbox/ui/coverage.md" }, "COVERAGE.md"), " lists every operation with its evidence and marks every guess."),
      el("p", {}, "It is no place for production data: the control plane and this page ask for no password. Keep it on loopback.")));
  return { node, hear: refresh };
}

function makeWhere(found, page) {
  const entry = (name, value, what) => [name, value && el("span", {}, el("code", {}, value), " ", copyButton(value, what, page.say))];
  return [
    facts([
      entry("API", found.api, "the API's address"),
      entry("API token", found.api_token, "the token"),
      entry("SMTP", found.smtp && `${found.smtp.host}:${found.smtp.port}`, "the SMTP server's address"),
      entry("SMTP user", found.smtp?.user, "the SMTP user's name"),
      entry("SMTP password", found.smtp?.password, "the SMTP user's password"),
      ["SMTP login", found.smtp && !found.smtp.user && el("span", { class: "hint" }, "With STARTTLS, as an SMTP user: make one with POST /v1/domains/{id}/smtp-users")],
      ["Also sent to", found.forwards_to],
      entry("Control plane", found.control, "the control plane's address"),
      ["Version", found.version],
    ]),
    block(writeCommand(found), "A command that sends an email"),
    el("div", {}, copyButton(writeCommand(found), "the command", page.say, "Copy the command")),
  ];
}
