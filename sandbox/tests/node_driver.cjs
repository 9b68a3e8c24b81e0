// Drives MailerSend's own Node SDK by lines of JSON: one call in, one answer out.
//
// In: {"base", "key", "call": "email.domain.create", "args": [...]}. An argument may be
// {"$new": "EmailParams", "args": [...], "set": {"From": ...}}, which is built with the SDK's
// own classes. Out: {statusCode, headers, body}, or {"thrown": ...} as the SDK threw it.

const path = require("node:path");
const readline = require("node:readline");

const folder = process.argv[2];
const inside = (name) => require(path.join(folder, "node_modules", "mailersend", "lib", name));
const sdk = inside("index.js");

// The SDK's front door has its address built in, so its modules are built with ours.
const MODULES = {
  blocklistMonitor: inside("modules/BlocklistMonitor.module.js").BlocklistMonitorModule,
  dmarc: inside("modules/Dmarc.module.js").DmarcModule,
  email: inside("modules/Email.module.js").EmailModule,
  emailVerification: inside("modules/EmailVerification.module.js").EmailVerificationModule,
  others: inside("modules/Others.module.js").OthersModule,
  sms: inside("modules/SMS.module.js").SMSModule,
  token: inside("modules/Token.module.js").TokenModule,
  user: inside("modules/User.module.js").UserModule,
  whatsapp: inside("modules/WhatsApp.module.js").WhatsAppModule,
};

function build(value) {
  if (Array.isArray(value)) return value.map(build);
  if (value === null || typeof value !== "object") return value;
  if (!value.$new) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, build(each)]));
  const made = new sdk[value.$new](...(value.args ?? []).map(build));
  for (const [name, each] of Object.entries(value.set ?? {})) made[`set${name}`](build(each));
  return made;
}

async function perform({ base, key, call, args }) {
  const [module, ...names] = call.split(".");
  const method = names.pop();
  let target = new MODULES[module](key, base);
  for (const name of names) target = target[name];
  try {
    return await target[method](...args.map(build));
  } catch (thrown) {
    return { thrown: thrown instanceof Error ? { message: String(thrown) } : thrown };
  }
}

readline.createInterface({ input: process.stdin }).on("line", async (line) => {
  process.stdout.write(`${JSON.stringify(await perform(JSON.parse(line)))}\n`);
});
