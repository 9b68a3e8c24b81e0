// The outbox: every email, newest first, and the one that is opened.

import { el, fill } from "../dom.js";
import { look } from "../door.js";
import { makeListPane } from "../parts/list_pane.js";
import { emptyState, stateBadge, timeOf } from "../parts/small.js";
import { firstMail } from "./first_mail.js";
import { makeMessage } from "./message.js";

const FILTERS = [
  ["", "All"],
  ["waiting", "Waiting"],
  ["arrived", "Arrived"],
  ["failed", "Not arrived"],
  ["opened", "Opened"],
  ["clicked", "Clicked"],
  ["spam_complaints", "Complaints"],
  ["unsubscribed", "Unsubscribed"],
];

/** Make the outbox. */
export function makeOutbox(page) {
  const pane = makeListPane({
    source: "emails",
    label: "Emails",
    nouns: ["email", "emails"],
    searchLabel: "Search recipient, subject, sender, id or tag",
    filter: { name: "state", label: "Show emails that are", options: FILTERS },
    keyOf: (row) => row.email_id,
    makeRow: (row) => makeRow(row, page),
    empty: () => emptyState("mail", "No mail yet", firstMail(page)),
    onNews: (rows) => page.say(rows.length === 1
      ? `New email to ${rows[0].recipient}: ${rows[0].subject}`
      : `${rows.length} new emails`),
  });
  const detail = el("section", { class: "detail", "aria-label": "The opened email" });
  const node = el("div", { class: "panes" }, pane.node, detail);
  let opened = null;

  function showNothing() {
    opened = null;
    fill(detail, emptyState("mail", "Choose an email", el("p", {}, "What happens to it can be made to happen here.")));
  }

  async function open(emailId) {
    node.classList.toggle("open", Boolean(emailId));
    pane.mark(emailId);
    if (!emailId) return showNothing();
    if (opened?.id === emailId) return undefined;
    const message = makeMessage(page, emailId);
    opened = { id: emailId, message };
    try {
      const email = await look(`emails/${encodeURIComponent(emailId)}`);
      if (opened?.message !== message) return undefined;
      message.show(email);
      fill(detail, message.node);
      detail.scrollTop = 0;
    } catch (error) {
      if (opened?.message === message) fill(detail, emptyState("mail", "This email is not here", el("p", {}, error.message)));
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
      if (!changed.has("emails")) return;
      await pane.refresh();
      if (!opened?.message.isShown()) return;
      const { message, id } = opened;
      const email = await look(`emails/${encodeURIComponent(id)}`);
      if (opened?.message === message) message.show(email);
    },
  };
}

function makeRow(row, page) {
  const files = row.attachments ? ` · ${row.attachments} attached` : "";
  return el("li", {}, el("a", { href: `#/outbox/${encodeURIComponent(row.email_id)}` },
    el("span", { class: "line" }, el("span", { class: "who" }, row.recipient), timeOf(row.at, page.now())),
    el("span", { class: "line" }, el("span", { class: "what" }, `${row.subject || "(no subject)"}${files}`), stateBadge(row.state))));
}
