// How states, times and sizes are said.

const STATES = {
  queued: ["Queued", "idle"],
  scheduled: ["Scheduled", "idle"],
  held: ["Held", "warn"],
  sent: ["On its way", "idle"],
  deferred: ["Deferred", "warn"],
  delivered: ["Delivered", "good"],
  forwarded: ["Forwarded", "good"],
  confirmation: ["Confirmation", "info"],
  opened: ["Opened", "info"],
  opened_unique: ["First open", "info"],
  clicked: ["Clicked", "info"],
  clicked_unique: ["First click", "info"],
  unsubscribed: ["Unsubscribed", "warn"],
  spam_complaints: ["Complaint", "bad"],
  soft_bounced: ["Soft bounce", "bad"],
  hard_bounced: ["Hard bounce", "bad"],
  suppressed: ["Suppressed", "bad"],
  rejected: ["Rejected", "bad"],
};

const LISTS = {
  blocklist: "blocked addresses",
  hard_bounces: "hard bounces",
  spam_complaints: "spam complaints",
  unsubscribes: "unsubscribes",
  on_hold: "addresses on hold",
};

/** Say a state: its words and its tone. */
export function sayState(state) {
  const [words, tone] = STATES[state] ?? [state.replaceAll("_", " "), "idle"];
  return { words, tone };
}

/** Say what a suppression list is a list of. */
export function sayList(kind) {
  return LISTS[kind] ?? kind.replaceAll("_", " ");
}

/** Judge an HTTP status. */
export function toneOf(status) {
  if (!status) return "warn";
  if (status < 300) return "good";
  return status < 500 ? "warn" : "bad";
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const YEAR = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" });

/** Say a time as shortly as the account's own present allows. */
export function sayTime(iso, now) {
  const [then, present] = [new Date(iso), now ? new Date(now) : new Date()];
  if (then.toDateString() === present.toDateString()) return CLOCK.format(then);
  return then.getFullYear() === present.getFullYear() ? DAY.format(then) : YEAR.format(then);
}

/** Say a time in full. */
export function sayFullTime(iso) {
  return FULL.format(new Date(iso));
}

/** Say a number of bytes. */
export function saySize(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** Say a number of things. */
export function count(number, one, many = `${one}s`) {
  return `${number.toLocaleString()} ${number === 1 ? one : many}`;
}
