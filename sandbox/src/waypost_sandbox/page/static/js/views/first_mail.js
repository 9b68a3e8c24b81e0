// How to send the first email, ready to be copied.

import { el, fill } from "../dom.js";
import { look } from "../door.js";
import { block, copyButton } from "../parts/small.js";

/** Make a request that sends an email, as a command. */
export function writeCommand(where) {
  const body = JSON.stringify({
    from: { email: where.sender ?? "hello@shop.example" },
    to: [{ email: "ada@customer.example" }],
    subject: "Hello",
    html: "<h1>Hello Ada</h1>",
    text: "Hello Ada",
  });
  const seed = where.sender ? "" : `curl '${where.seed}' -d '{"domains": [{"name": "shop.example"}]}'\n`;
  const token = where.api_token ?? "TOKEN";
  return `${seed}curl ${where.api}email -H 'Authorization: Bearer ${token}' \\\n  -H 'Content-Type: application/json' -d '${body}'`;
}

/** Show the command, once it is known where everything is. */
export function firstMail(page) {
  const place = el("div", { class: "stack tight" }, el("p", {}, "Send one, and it appears here by itself:"));
  look("whereabouts").then((where) => {
    const command = writeCommand(where);
    fill(place, place.firstChild, block(command, "A command that sends an email"),
      el("div", {}, copyButton(command, "the command", page.say, "Copy the command")));
  }, () => {});
  return place;
}
