// The account's clock: freeze it, move it on, let it run.

import { el } from "../dom.js";
import { control } from "../door.js";
import { makePage } from "../parts/page_frame.js";
import { field } from "../parts/small.js";
import { count } from "../words.js";

const STEPS = [[60, "+ 1 minute"], [3600, "+ 1 hour"], [86400, "+ 1 day"], [604800, "+ 1 week"]];
const HOUR = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });

/** Make the view of the clock. */
export function makeClock(page) {
  const time = el("p", { class: "big-time", "data-clock": true });
  const day = el("p", {});
  const utc = el("p", { class: "hint" });
  const state = el("span", { class: "badge" });
  const freeze = el("button", { type: "button", class: "button main", onclick: () => turn({ now: page.pulse().now }, "The clock stands still") }, "Freeze");
  const resume = el("button", { type: "button", class: "button main", onclick: () => turn({ now: null }, "The clock runs on real time again") }, "Resume");

  const turn = (payload, done) => page.attempt(() => control("POST", "/clock", payload), done);
  const advance = (seconds) => turn({ advance: seconds }, ({ settled }) => `Moved on; ${settled ? `${count(settled, "thing")} happened` : "nothing was due"}`);

  function show(news) {
    time.textContent = HOUR.format(new Date(news.now));
    day.textContent = DAY.format(new Date(news.now));
    utc.textContent = `${news.now.slice(0, 19).replace("T", " ")} UTC`;
    state.textContent = news.frozen ? "Frozen" : "Running";
    state.className = `badge ${news.frozen ? "info" : "good"}`;
    freeze.hidden = news.frozen;
    // Resuming also undoes what a running clock was moved ahead by.
    resume.className = news.frozen ? "button main" : "button";
    resume.textContent = news.frozen ? "Resume real time" : "Back to real time";
    resume.hidden = !news.frozen && Math.abs(new Date(news.now) - Date.now()) < 5000;
  }

  const moment = el("input", { type: "datetime-local", step: "1", required: true });
  const setTo = (event) => {
    event.preventDefault();
    turn({ now: new Date(moment.value).toISOString() }, "The clock stands still at that time");
  };
  const seconds = el("input", { type: "number", min: "0", step: "any", value: "10", required: true });
  const node = makePage("Clock", "Deliveries, schedules, quotas and rate windows follow this clock. Each account has its own.",
    el("section", { class: "card stack" },
      el("div", {}, el("div", { class: "row" }, state), time, day, utc),
      el("div", { class: "row" }, freeze, resume),
      el("div", { class: "row", role: "group", "aria-label": "Move the clock on" }, STEPS.map(([amount, words]) => el("button", { type: "button", class: "button", onclick: () => advance(amount) }, words)))),
    el("section", { class: "card stack" }, el("h2", {}, "Exactly"),
      el("div", { class: "form" },
        el("form", { class: "stack tight", onsubmit: (event) => { event.preventDefault(); advance(Number(seconds.value)); } },
          field("Seconds to move on", seconds), el("div", {}, el("button", { class: "button" }, "Move on"))),
        el("form", { class: "stack tight", onsubmit: setTo },
          field("Freeze at (your local time)", moment), el("div", {}, el("button", { class: "button" }, "Freeze there"))))));
  if (page.pulse()) show(page.pulse());
  return { node, hear: show };
}
