// The API reference: openapi.json as a page, with a way to try each operation.
// Nothing is loaded from elsewhere, and the token is kept nowhere but in its field.

const VERBS = ["get", "post", "put", "patch", "delete", "head"];
const DEEPEST = 5;
const root = new URL(".", location.href);
let components = {};

function make(name, attributes = {}, ...children) {
  const element = Object.assign(document.createElement(name), attributes);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function resolve(schema) {
  const name = schema?.$ref?.split("/").pop();
  return name ? components[name] ?? {} : schema ?? {};
}

function kind(given) {
  const schema = resolve(given);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const options = schema.anyOf ?? schema.oneOf;
  if (options) return [...new Set(options.map(kind))].join(" | ");
  if (schema.type === "array") return `list of ${kind(schema.items)}`;
  return [schema.type ?? "any"].flat().join(" | ");
}

// A body to begin with: the schema's own example or default, else a value of each field's kind.
function sample(given, depth = 0) {
  const schema = resolve(given);
  if (schema.examples?.length) return schema.examples[0];
  if (schema.example !== undefined) return schema.example;
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  const option = (schema.anyOf ?? schema.oneOf)?.find((each) => each.type !== "null");
  if (option) return sample(option, depth);
  const type = [schema.type ?? "object"].flat()[0];
  if (type === "array") return [];
  if (type !== "object") return { string: "…", integer: 0, number: 0, boolean: false }[type] ?? null;
  if (depth >= DEEPEST) return {};
  const required = schema.required ?? [];
  const fields = Object.entries(schema.properties ?? {}).filter(([name]) => required.includes(name));
  return Object.fromEntries(fields.map(([name, field]) => [name, sample(field, depth + 1)]));
}

function bodySchema(operation) {
  return operation.requestBody?.content?.["application/json"]?.schema;
}

function fieldsTable(given) {
  const schema = resolve(given);
  const required = schema.required ?? [];
  const rows = Object.entries(schema.properties ?? {}).map(([name, field]) =>
    make("tr", {},
      make("td", {}, make("code", { textContent: name }), required.includes(name) ? " (required)" : ""),
      make("td", { textContent: kind(field) }),
      make("td", { textContent: resolve(field).description ?? field.description ?? "" })));
  if (!rows.length) return null;
  const head = ["Field", "Kind", "Meaning"].map((text) => make("th", { textContent: text }));
  return make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
}

function parametersTable(parameters, inputs) {
  const rows = parameters.map((parameter) => {
    const input = make("input", { ariaLabel: parameter.name, spellcheck: false });
    inputs.set(parameter, input);
    return make("tr", {},
      make("td", {}, make("code", { textContent: parameter.name }), make("br"),
        make("small", { textContent: `${parameter.in}${parameter.required ? ", required" : ""}` })),
      make("td", {}, kind(parameter.schema), make("br"),
        make("small", { textContent: parameter.description ?? "" })),
      make("td", {}, input));
  });
  const head = ["Parameter", "Meaning", "Value"].map((text) => make("th", { textContent: text }));
  return make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
}

function filled(path, inputs) {
  let address = path;
  const query = [];
  const headers = {};
  for (const [parameter, input] of inputs) {
    const value = input.value;
    if (parameter.in === "path") {
      const written = parameter.name === "path" ? value : encodeURIComponent(value);
      if (value) address = address.replace(`{${parameter.name}}`, () => written);
    } else if (value && parameter.in === "query") {
      // An object is written as it stands: remote_query[name]=value.
      const plain = parameter.style === "deepObject";
      query.push(plain ? value : `${encodeURIComponent(parameter.name)}=${encodeURIComponent(value)}`);
    } else if (value && parameter.in === "header") {
      headers[parameter.name] = value;
    }
  }
  const relative = address.replace(/^\//, "") + (query.length ? `?${query.join("&")}` : "");
  return { url: root.href + relative, headers };
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function asCurl(verb, request, body) {
  const command = verb === "get" ? "curl" : `curl -X ${verb.toUpperCase()}`;
  const words = [`${command} ${quoted(request.url)}`, '-H "Authorization: Bearer $TOKEN"'];
  for (const [name, value] of Object.entries(request.headers)) words.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (body) words.push("-H 'Content-Type: application/json'", `-d ${quoted(body)}`);
  return words.join(" \\\n  ");
}

async function sent(verb, request, body) {
  const headers = new Headers(request.headers);
  const token = document.getElementById("token").value.trim();
  if (token) headers.set("authorization", `Bearer ${token}`);
  if (body) headers.set("content-type", "application/json");
  const answer = await fetch(request.url, {
    method: verb.toUpperCase(), headers, body: body || undefined, credentials: "omit", redirect: "manual",
  });
  const text = await answer.text();
  const isJson = answer.headers.get("content-type")?.includes("json");
  const shown = isJson && text ? JSON.stringify(JSON.parse(text), null, 2) : text;
  return `${answer.status} ${answer.statusText}\n\n${shown}`;
}

function drawn(verb, path, operation) {
  const box = make("div");
  const inputs = new Map();
  if (operation.description) box.append(make("p", { textContent: operation.description }));
  if (operation.parameters?.length) box.append(parametersTable(operation.parameters, inputs));
  const schema = bodySchema(operation);
  let body = null;
  if (schema) {
    body = make("textarea", { rows: 6, ariaLabel: "Body", spellcheck: false });
    body.value = JSON.stringify(sample(schema), null, 2);
    box.append(make("h3", { textContent: "Body" }), ...[fieldsTable(schema)].filter(Boolean), body);
  }
  const curl = make("pre");
  const send = make("button", { type: "button", textContent: "Send" });
  const answer = make("pre", { hidden: true, ariaLive: "polite" });
  const show = () => { curl.textContent = asCurl(verb, filled(path, inputs), body?.value); };
  box.addEventListener("input", show);
  show();
  send.addEventListener("click", async () => {
    answer.hidden = false;
    answer.textContent = "…";
    try {
      answer.textContent = await sent(verb, filled(path, inputs), body?.value);
    } catch (error) {
      answer.textContent = `Not sent: ${error.message}`;
    }
  });
  box.append(make("h3", { textContent: "With curl" }), curl, send, answer);
  return box;
}

function operationBox(verb, path, operation) {
  const box = make("details", {},
    make("summary", {},
      make("b", { className: verb, textContent: verb.toUpperCase() }),
      make("code", { textContent: path }), make("span", { className: "soft", textContent: ` ${operation.summary ?? ""}` })));
  box.dataset.words = `${verb} ${path} ${operation.summary ?? ""}`.toLowerCase();
  box.addEventListener("toggle", () => {
    if (box.open && box.children.length === 1) box.append(drawn(verb, path, operation));
  });
  return box;
}

function show(reference) {
  components = reference.components?.schemas ?? {};
  const groups = new Map();
  for (const [path, item] of Object.entries(reference.paths)) {
    for (const verb of VERBS.filter((each) => item[each])) {
      const tag = item[verb].tags?.[0] ?? "other";
      if (!groups.has(tag)) groups.set(tag, make("section", {}, make("h2", { textContent: tag })));
      groups.get(tag).append(operationBox(verb, path, item[verb]));
    }
  }
  const { title, version, description } = reference.info;
  document.getElementById("about").replaceChildren(
    `${title} ${version}. ${description ?? ""} For programs: `,
    make("a", { href: "openapi.json", textContent: "openapi.json" }), ".");
  document.getElementById("operations").append(...groups.values());
}

function find(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  for (const section of document.querySelectorAll("#operations section")) {
    let any = false;
    for (const box of section.querySelectorAll("details")) {
      box.hidden = !words.every((word) => box.dataset.words.includes(word));
      any ||= !box.hidden;
    }
    section.hidden = !any;
  }
}

document.getElementById("tools").addEventListener("submit", (event) => event.preventDefault());
document.getElementById("find").addEventListener("input", (event) => find(event.target.value));
try {
  const answer = await fetch("openapi.json");
  show(await answer.json());
} catch (error) {
  document.getElementById("about").textContent = `The reference cannot be read: ${error.message}`;
}
