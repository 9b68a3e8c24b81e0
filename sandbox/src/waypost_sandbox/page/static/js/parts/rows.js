// A list that is kept up to date without losing the place, the focus or the scroll.

/** Keep the items of a list: `keyOf(item)` names one, `make(item)` builds its `li`. */
export function makeRows(list, { keyOf, make }) {
  let held = new Map();
  let isFirst = true;

  function show(items) {
    const next = new Map();
    let place = list.firstElementChild;
    for (const item of items) {
      const key = String(keyOf(item));
      const text = JSON.stringify(item);
      let entry = held.get(key);
      if (!entry) {
        entry = { node: make(item), text };
        if (!isFirst) entry.node.classList.add("fresh");
      } else if (entry.text !== text) {
        renew(entry, make(item), text);
      }
      next.set(key, entry);
      if (entry.node === place) place = place.nextElementSibling;
      else list.insertBefore(entry.node, place);
    }
    const fresh = [...next.keys()].filter((key) => !held.has(key));
    for (const [key, entry] of held) if (!next.has(key)) entry.node.remove();
    held = next;
    const news = isFirst ? [] : fresh;
    isFirst = false;
    return news;
  }

  // The link itself stays, so that it keeps the focus and says what is current.
  function renew(entry, made, text) {
    entry.node.firstElementChild.replaceChildren(...made.firstElementChild.childNodes);
    entry.text = text;
  }

  function mark(key) {
    for (const [each, { node }] of held) {
      if (each === key) node.firstElementChild.setAttribute("aria-current", "true");
      else node.firstElementChild.removeAttribute("aria-current");
    }
  }

  function clear() {
    list.replaceChildren();
    held = new Map();
    isFirst = true;
  }

  return { show, mark, clear };
}

/** Let arrow keys (and j, k) move among the links of a list. */
export function moveByKeys(list) {
  list.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
    if (!step) return;
    const links = [...list.querySelectorAll("a")];
    const next = links[links.indexOf(document.activeElement) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.click();
  });
}
