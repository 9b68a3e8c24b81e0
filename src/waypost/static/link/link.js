// The link page: checks the form, shows each check as it arrives, and tells the page that opened
// it how linking ended. It posts one message, ever: the published link SDK settles on the first.
"use strict";

(() => {
  const card = document.querySelector("main[data-page]");
  const live = card.querySelector("[data-live]");
  const run = card.querySelector("[data-panel=run]");
  const formPanel = card.querySelector("[data-panel=form]");
  const form = card.querySelector("form[data-form]");
  const corner = card.querySelector(".bar [data-close]");
  const framed = card.dataset.iframe === "true" && window.parent !== window;
  const listener = framed ? window.parent : window.opener;
  const GRACE = 1500;

  let outcome = card.dataset.outcome ? JSON.parse(card.dataset.outcome) : null;
  let returnUrl = card.dataset.return || "";
  let told = false;
  let going = false;
  let timer = 0;

  const all = (selector, root = card) => Array.from(root.querySelectorAll(selector));
  const show = (element, yes) => { if (element) element.hidden = !yes; };
  const write = (element, text) => { if (element) { element.textContent = text || ""; show(element, Boolean(text)); } };

  // ---- how it ends -------------------------------------------------------------------------

  function tell(message) {
    if (told || !listener || (!framed && listener.closed)) return;
    told = true;
    listener.postMessage(message, "*");
  }

  function leave() {
    clearTimeout(timer);
    if (outcome) tell(outcome);
    else if (framed) tell("closed");
    if (framed) { say("You can go back to the app."); return; }
    const target = outcome ? returnUrl : card.dataset.closed || "";
    if (!listener) { go(target); return; }
    window.close();
    setTimeout(() => go(target), 800);
  }

  function go(target) {
    if (target) { going = true; window.location.assign(target); return; }
    all("[data-done], [data-again], [data-close]").forEach((button) => show(button, false));
    show(card.querySelector("[data-closing]"), true);
    say("You can close this window.");
  }

  // A window closed by its own button still tells what happened; by pagehide it is often too late.
  for (const last of ["beforeunload", "pagehide"]) {
    window.addEventListener(last, () => { if (outcome && !going) tell(outcome); });
  }

  // Going on inside the page is not leaving it.
  card.addEventListener("click", (event) => { if (event.target.closest("a[href]:not([target])")) going = true; });
  window.addEventListener("pageshow", () => { going = false; });

  function say(text) { live.textContent = text; }

  function offerWaysOut(retry) {
    const canLeave = Boolean(listener || returnUrl || card.dataset.closed);
    const succeeded = Boolean(outcome && outcome.result === "success");
    show(run && run.querySelector("[data-done]"), succeeded && canLeave);
    show(run && run.querySelector("[data-again]"), Boolean(outcome) && retry);
    show(run && run.querySelector("[data-close]"), Boolean(outcome) && !succeeded && canLeave);
    show(run && run.querySelector("[data-closing]"), Boolean(outcome) && !canLeave && !retry);
    // What the run offers says more than the cross in the corner.
    show(corner, canLeave && !outcome);
  }

  function leaveSoon(complete) {
    if (outcome.result === "success" && complete && (listener || returnUrl)) timer = setTimeout(leave, GRACE);
  }

  // ---- the run -----------------------------------------------------------------------------

  function mark(probe) {
    const line = all("[data-checks] > li").find((item) => item.dataset.label === probe.label);
    if (!line) return;
    line.dataset.outcome = probe.outcome;
    line.querySelector(".said").textContent = probe.said || "";
    const shows = line.querySelector(".shows");
    shows.replaceChildren(...(probe.shows || []).map((text) => {
      const item = document.createElement("li");
      item.textContent = text;
      return item;
    }));
    show(shows, Boolean(probe.shows && probe.shows.length));
    write(line.querySelector(".without"), !["granted", "rejected"].includes(probe.outcome) && probe.needed_for ? `Needed for: ${probe.needed_for}` : "");
    say(`${probe.label}: ${probe.said || probe.outcome}`);
  }

  function startRun() {
    outcome = null;
    run.dataset.state = "working";
    write(run.querySelector("[data-heading]"), run.dataset.working);
    write(run.querySelector("[data-lead]"), run.dataset.lead);
    write(run.querySelector("[data-advice]"), "");
    all("[data-checks] > li").forEach((line) => {
      line.hidden = false;
      line.dataset.outcome = "waiting";
      line.querySelector(".said").textContent = "";
      show(line.querySelector(".shows"), false);
      show(line.querySelector(".without"), false);
    });
    show(card.querySelector("[data-back]"), false);
    offerWaysOut(false);
    showPanel(run);
    say(run.dataset.working);
  }

  function endRun(event) {
    outcome = event.message;
    returnUrl = event.return_url || "";
    run.dataset.state = outcome.result === "success" ? "done" : "failed";
    write(run.querySelector("[data-heading]"), event.heading);
    write(run.querySelector("[data-lead]"), event.lead);
    write(run.querySelector("[data-advice]"), event.advice);
    all("[data-checks] > li[data-outcome=waiting]").forEach((line) => show(line, false));
    offerWaysOut(Boolean(event.retry));
    document.title = event.heading;
    run.querySelector("[data-heading]").focus();
    leaveSoon(event.complete);
  }

  function showPanel(panel) {
    show(formPanel, panel === formPanel);
    show(run, panel === run);
    const heading = panel.querySelector("h1");
    if (heading) heading.focus();
    window.scrollTo(0, 0);
  }

  function again() {
    const url = card.querySelector("[data-again-url]");
    if (url) { outcome = null; window.location.assign(url.href); return; }
    outcome = null;
    offerWaysOut(false);
    document.title = formPanel.querySelector("h1").textContent;
    show(card.querySelector("[data-back]"), true);
    showPanel(formPanel);
    all("input[data-secret]", form).forEach(hideSecret);
    const first = all(".field input, .field select", form)[0];
    if (first) first.focus();
  }

  // ---- the form ----------------------------------------------------------------------------

  const FORMATS = {
    email: [/^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$/, "an email address"],
    number: [/^[+-]?\d+(\.\d+)?$/, "a number"],
    uuid: [/^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i, "a UUID"],
    url: [/^https?:\/\/[^\s]+$/i, "a URL that begins with https:// or http://"],
  };

  function faultOf(input) {
    const text = input.value.trim();
    const label = input.dataset.label || input.labels[0].textContent.trim();
    if (!text) return input.required ? `${label} is needed.` : "";
    const format = FORMATS[input.dataset.format];
    if (format && !format[0].test(text)) return `${label} must be ${format[1]}.`;
    if (input.dataset.pattern) {
      let pattern = null;
      try { pattern = new RegExp(`^(?:${input.dataset.pattern})$`, "u"); } catch { return ""; }
      if (!pattern.test(text)) return `This does not look like a valid ${label}. Copy it again, whole.`;
    }
    return "";
  }

  function setFault(input, text) {
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    write(document.getElementById(`${input.id}-fault`), text);
  }

  function showFaults(faults) {
    let first = null;
    all(".field input, .field select", form).forEach((input) => {
      setFault(input, faults[input.name] || "");
      if (faults[input.name] && !first) first = input;
    });
    const known = all(".field", form).map((field) => field.dataset.field);
    const others = Object.keys(faults).filter((name) => !first || !known.includes(name)).map((name) => faults[name]);
    write(form.querySelector("[data-trouble]"), first ? "" : others.join(" "));
    if (first) { first.focus(); say(faults[first.name]); }
  }

  function faultsOfForm() {
    const faults = {};
    all(".field input, .field select", form).forEach((input) => {
      const fault = faultOf(input);
      if (fault) faults[input.name] = fault;
    });
    return faults;
  }

  function bodyOfForm() {
    const body = { fields: {} };
    new FormData(form).forEach((value, name) => {
      const input = form.elements[name];
      if (input.closest && input.closest(".field")) body.fields[name] = value;
      else body[name] = value;
    });
    return body;
  }

  async function submit(event) {
    event.preventDefault();
    const faults = faultsOfForm();
    showFaults(faults);
    if (Object.keys(faults).length) return;
    // A provider's sign-in refuses to be framed, and a window may only be opened while the click lasts.
    const signIn = framed && "redirects" in form.dataset ? openSignIn() : null;
    form.querySelector("[data-submit]").disabled = true;
    startRun();
    try {
      await send(bodyOfForm(), signIn);
    } catch {
      endRun({
        message: { result: "error", error: "The connection to this page's server was lost.", error_type: "connection_error", is_truto: true },
        heading: "The connection was lost",
        lead: "This page could not reach its server, or was cut off while waiting.",
        advice: "Check your internet connection, then try again.",
        retry: true,
      });
    } finally {
      form.querySelector("[data-submit]").disabled = false;
    }
  }

  async function send(body, signIn) {
    const response = await fetch(form.action, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/x-ndjson" },
      body: JSON.stringify(body),
      cache: "no-store",
      credentials: "same-origin",
    });
    if (!response.ok) { refused(await response.json()); return; }
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    let ended = false;
    for (;;) {
      const { value, done } = await reader.read();
      rest += value || "";
      const lines = rest.split("\n");
      rest = lines.pop();
      for (const line of lines) if (line.trim()) ended = take(JSON.parse(line), signIn) || ended;
      if (done) break;
    }
    if (!ended) throw new Error("the answer ended early");
  }

  function take(event, signIn) {
    if (event.type === "probe") mark(event);
    if (event.type === "redirect") { follow(event.url, signIn); return true; }
    if (event.type === "finished") { endRun(event); return true; }
    return false;
  }

  function refused(problem) {
    const failures = (problem.details && problem.details.failures) || [];
    if (problem.statusCode === 422 && failures.length) {
      show(card.querySelector("[data-back]"), true);
      showPanel(formPanel);
      showFaults(Object.fromEntries(failures.map((failure) => [failure.field, failure.message])));
      return;
    }
    const details = problem.details || {};
    endRun({
      message: { result: "error", error: problem.message, error_type: details.error_type || "connection_error", is_truto: true },
      heading: details.heading || "That did not work",
      lead: problem.message,
      advice: details.advice,
      retry: problem.statusCode === 409 || problem.statusCode >= 500,
    });
  }

  // ---- signing in at the provider ------------------------------------------------------------

  function openSignIn() {
    const opened = window.open("", "waypost-sign-in", "popup=yes,width=700,height=800");
    if (!opened) return null;
    window.addEventListener("message", (event) => {
      if (event.source !== opened || event.origin !== window.location.origin || !event.data || !event.data.is_truto) return;
      opened.close();
      const succeeded = event.data.result === "success";
      endRun({
        message: event.data,
        heading: succeeded ? "Connected" : "That did not work",
        lead: succeeded ? "" : event.data.error,
        complete: true,
        retry: !succeeded,
      });
    });
    return opened;
  }

  function follow(url, signIn) {
    if (signIn && !signIn.closed) { signIn.location = url; return; }
    going = true;
    (framed ? window.open(url, "_blank") : window).location = url;
  }

  // ---- secrets stay hidden unless asked for --------------------------------------------------

  function hideSecret(input) {
    input.type = "password";
    const button = input.parentElement.querySelector("[data-show]");
    if (button) { button.setAttribute("aria-pressed", "false"); button.firstChild.textContent = "Show"; }
  }

  function toggleSecret(button) {
    const input = document.getElementById(button.getAttribute("aria-controls"));
    const hidden = input.type === "password";
    input.type = hidden ? "text" : "password";
    button.setAttribute("aria-pressed", String(hidden));
    button.firstChild.textContent = hidden ? "Hide" : "Show";
  }

  // ---- choosing --------------------------------------------------------------------------------

  function setUpSearch() {
    const box = card.querySelector("[data-search]");
    if (!box) return;
    const lines = all("#choices > li");
    show(box, lines.length > 5);
    box.querySelector("input").addEventListener("input", (event) => {
      const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
      let left = 0;
      lines.forEach((line) => {
        const fits = words.every((word) => line.dataset.words.includes(word));
        show(line, fits);
        left += fits ? 1 : 0;
      });
      show(card.querySelector("[data-none]"), left === 0);
      say(left === 1 ? "1 service" : `${left} services`);
    });
  }

  // ---- set up ------------------------------------------------------------------------------------

  function setUpForm() {
    if (!form) return;
    run.dataset.working = run.querySelector("[data-heading]").textContent;
    run.dataset.lead = run.querySelector("[data-lead]").textContent;
    form.addEventListener("submit", submit);
    all(".field input, .field select", form).forEach((input) => {
      if (input.type === "password") input.dataset.secret = "";
      input.addEventListener("input", () => { if (input.hasAttribute("aria-invalid")) setFault(input, faultOf(input)); });
    });
    all("[data-show]", form).forEach((button) => {
      show(button, true);
      button.addEventListener("click", () => toggleSecret(button));
    });
  }

  setUpSearch();
  setUpForm();
  all("[data-done], [data-close]").forEach((button) => button.addEventListener("click", leave));
  all("[data-again]").forEach((button) => button.addEventListener("click", again));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && framed && !corner.hidden) leave(); });
  offerWaysOut(Boolean(card.querySelector("[data-again-url]")));
  if (outcome) {
    const heading = card.querySelector("[data-heading]");
    if (heading) heading.focus();
    leaveSoon(card.dataset.complete === "true");
  } else if (form) {
    const invalid = form.querySelector("[aria-invalid=true]");
    if (invalid) invalid.focus();
  }
})();
