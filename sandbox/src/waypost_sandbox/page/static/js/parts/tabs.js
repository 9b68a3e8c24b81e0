// Tabs by the book: one stop for the keyboard, arrows move among them.

import { el, fill } from "../dom.js";

let made = 0;

/** Make tabs of `{key, label, show}`; `show` makes the panel's content when it is first opened. */
export function makeTabs(label, tabs, { chosen, onChoose }) {
  made += 1;
  const panel = el("div", { class: "panel", role: "tabpanel", id: `panel-${made}`, tabindex: "0" });
  const buttons = new Map();
  const list = el("div", { class: "tabs", role: "tablist", "aria-label": label, onkeydown: move });
  for (const tab of tabs) {
    const button = el("button", {
      type: "button", role: "tab", id: `tab-${made}-${tab.key}`, "aria-controls": panel.id,
      onclick: () => choose(tab.key),
    }, tab.label);
    buttons.set(tab.key, button);
    list.append(button);
  }

  function choose(key) {
    for (const [each, button] of buttons) {
      button.setAttribute("aria-selected", String(each === key));
      button.tabIndex = each === key ? 0 : -1;
    }
    panel.setAttribute("aria-labelledby", buttons.get(key).id);
    fill(panel, tabs.find((tab) => tab.key === key).show());
    onChoose?.(key);
  }

  function move(event) {
    const keys = [...buttons.keys()];
    const at = keys.findIndex((key) => buttons.get(key) === document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: keys.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const key = keys[(to + keys.length) % keys.length];
    choose(key);
    buttons.get(key).focus();
  }

  choose(buttons.has(chosen) ? chosen : tabs[0].key);
  return { list, panel, choose };
}
