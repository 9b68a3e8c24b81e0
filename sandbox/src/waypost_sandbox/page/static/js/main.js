// Starts the page: views by the address's hash, the pulse that keeps them fresh, what is said.

import { chooseAccount, look } from "./door.js";
import { el, fill, icon } from "./dom.js";
import { startPulse } from "./pulse.js";
import { sayFullTime, sayTime } from "./words.js";
import { makeCalls } from "./views/calls.js";
import { makeClock } from "./views/clock.js";
import { makeConnect } from "./views/connect.js";
import { makeFaults } from "./views/faults.js";
import { makeOutbox } from "./views/outbox.js";
import { makeWebhooks } from "./views/webhooks.js";

const VIEWS = {
  outbox: { label: "Outbox", icon: "mail", counted: "emails", make: makeOutbox },
  calls: { label: "Calls", icon: "calls", counted: "calls", make: makeCalls },
  webhooks: { label: "Webhooks", icon: "webhooks", counted: "webhooks", make: makeWebhooks },
  faults: { label: "Faults", icon: "faults", counted: "faults", make: makeFaults },
  clock: { label: "Clock", icon: "clock", make: makeClock },
  connect: { label: "Connect", icon: "connect", make: makeConnect },
};

const place = document.getElementById("view");
const said = document.getElementById("said");
const links = new Map();
let current = null;
let lastPulse = null;
let silence = null;

/** What every view is handed. */
const page = {
  say,
  now: () => lastPulse?.now,
  pulse: () => lastPulse,
  refresh: () => pulse.now(),
  /** Do something, and say how it went; a refusal is said, not thrown. */
  async attempt(act, done) {
    try {
      const result = await act();
      if (done) say(typeof done === "function" ? done(result) : done);
      await pulse.now();
      return result;
    } catch (error) {
      say(error.message, "bad");
      return undefined;
    }
  },
};

function say(text, tone = "") {
  said.className = `said shown ${tone}`;
  said.textContent = text;
  clearTimeout(silence);
  silence = setTimeout(() => said.classList.remove("shown"), tone === "bad" ? 8000 : 3500);
}

function buildViews() {
  const items = Object.entries(VIEWS).map(([name, view]) => {
    const counter = el("span", { class: "count" });
    const link = el("a", { href: `#/${name}` }, icon(view.icon), el("span", {}, view.label), counter);
    links.set(name, { link, counter });
    return el("li", {}, link);
  });
  document.getElementById("views").append(el("ul", {}, items));
}

function route() {
  const [name, ...rest] = location.hash.replace(/^#\//, "").split("/").map(decode);
  const wanted = VIEWS[name] ? name : "outbox";
  if (current?.name !== wanted) {
    current?.view.leave?.();
    const view = VIEWS[wanted].make(page);
    current = { name: wanted, view };
    place.classList.toggle("filled", Boolean(view.fills));
    fill(place, view.node);
    for (const [each, { link }] of links) {
      if (each === wanted) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    if (lastPulse) tell(lastPulse, new Set(Object.keys(lastPulse.stamps)));
  }
  document.title = `${VIEWS[wanted].label} · waypost-sandbox`;
  current.view.open?.(rest[0] ?? "");
}

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function tell(news, changed) {
  Promise.resolve(current.view.hear?.(news, changed)).catch((error) => say(error.message, "bad"));
}

function onPulse(news, changed) {
  const isAnother = lastPulse && (lastPulse.account_id !== news.account_id);
  const hasMoreAccounts = !lastPulse || isAnother || lastPulse.accounts !== news.accounts;
  lastPulse = news;
  for (const [name, { counter }] of links) {
    const number = news.counts[VIEWS[name].counted] ?? 0;
    counter.textContent = number ? (number > 9999 ? "9999+" : String(number)) : "";
  }
  showClock(news);
  if (hasMoreAccounts) showAccounts(news);
  if (isAnother) restart();
  else tell(news, changed);
}

function showClock(news) {
  const chip = document.getElementById("clock-chip");
  chip.classList.toggle("frozen", news.frozen);
  chip.title = `${sayFullTime(news.now)}: the account's clock ${news.frozen ? "stands still" : "is running"}`;
  fill(chip, icon("clock"), el("span", {}, sayTime(news.now)), news.frozen && el("span", { class: "word" }, "frozen"));
}

async function showAccounts(news) {
  const { accounts } = await look("accounts");
  document.getElementById("account-label").hidden = accounts.length < 2;
  const select = document.getElementById("account");
  fill(select, accounts.map((each) => el("option", { value: each.account_id }, `${each.name} (${each.account_id.slice(0, 6)})`)));
  select.value = news.account_id;
}

function restart() {
  current?.view.leave?.();
  current = null;
  const [, name] = location.hash.split("/");
  history.replaceState(null, "", `#/${VIEWS[name] ? name : "outbox"}`);
  route();
}

document.getElementById("account").addEventListener("change", (event) => {
  chooseAccount(event.target.value);
  pulse.forget();
  pulse.now();
});
document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("main").focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.closest("input, textarea, select")) return;
  if (!current?.view.search) return;
  event.preventDefault();
  current.view.search.focus();
});

buildViews();
window.addEventListener("hashchange", route);
const pulse = startPulse({
  onPulse,
  onLost(isLost) { document.getElementById("lost").hidden = !isLost; },
  onGone() {
    chooseAccount(null);
    pulse.forget();
    say("That account is gone; this is the first one");
  },
});
route();
