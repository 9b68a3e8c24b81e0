// The one way to the server: what the page looks at, and what it asks the control plane to do.

let account = new URLSearchParams(location.search).get("account");

/** Name the account that is looked at; null means the first one. */
export function currentAccount() {
  return account;
}

/** Look at another account, and let the address bar say so. */
export function chooseAccount(id) {
  account = id;
  const query = id ? `?account=${encodeURIComponent(id)}` : "";
  history.replaceState(null, "", `/${query}${location.hash}`);
}

/** Build the address of something that the page looks at. */
export function lookAddress(path, query = {}) {
  return `/_sandbox/ui/data/${path}${withAccount(query)}`;
}

/** Read something; raises Refused when the server says no, and a TypeError when it is away. */
export async function look(path, query) {
  return readAnswer(await fetch(lookAddress(path, query), { headers: { accept: "application/json" } }));
}

/** Read something that is text. */
export async function lookText(path, query) {
  const answer = await fetch(lookAddress(path, query));
  if (!answer.ok) return readAnswer(answer);
  return answer.text();
}

/** Ask the control plane. */
export async function control(method, path, payload) {
  const options = { method };
  if (payload !== undefined) {
    options.body = JSON.stringify(payload);
    options.headers = { "content-type": "application/json" };
  }
  return readAnswer(await fetch(`/_sandbox${path}${withAccount({})}`, options));
}

/** The server's no, in its own words. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

function withAccount(query) {
  const given = Object.entries({ ...query, account }).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

async function readAnswer(answer) {
  const text = await answer.text();
  let body = null;
  try {
    body = text ? JSON.parse(text) : null;
  } catch {
    // Something else stands in between, such as a proxy's error page.
  }
  if (!answer.ok) throw new Refused(answer.status, body?.message ?? `the server answered ${answer.status}`);
  return body;
}
