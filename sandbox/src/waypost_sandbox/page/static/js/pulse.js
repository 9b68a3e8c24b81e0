// Asks, every second and only while somebody looks, whether anything is new.

import { currentAccount, look } from "./door.js";

const EVERY = 1000;
const SLOWEST = 8000;

/** Start asking; `onPulse(pulse, changed)` hears which stamps changed, `onLost` of silence. */
export function startPulse({ onPulse, onLost, onGone }) {
  let last = null;
  let wait = EVERY;
  let timer = null;
  let asking = null;

  async function ask() {
    clearTimeout(timer);
    const asked = currentAccount();
    try {
      const pulse = await look("pulse");
      if (asked !== currentAccount()) return ask();
      wait = EVERY;
      const changed = new Set(Object.keys(pulse.stamps).filter((key) => last?.stamps[key] !== pulse.stamps[key]));
      last = pulse;
      onLost(false);
      onPulse(pulse, changed);
    } catch (error) {
      if (error.status === 404 && asked) onGone();
      else onLost(true);
      wait = Math.min(wait * 2, SLOWEST);
    }
    if (!document.hidden) timer = setTimeout(beat, wait);
    return undefined;
  }

  function beat() {
    asking ??= ask().finally(() => { asking = null; });
    return asking;
  }

  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (!document.hidden) beat();
  });
  beat();
  return {
    /** Ask at once, for instance after something was done. */
    now: beat,
    /** Forget what was seen, so that everything counts as new. */
    forget() { last = null; },
  };
}
