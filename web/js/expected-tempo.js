/**
 * The expected tempo outlives the visit and acts on every song to come, so it is in sight at the head of the list, and on
 * the empty page, while there is one: a way to where it is chosen, and a way out.
 * @import {Notices} from "./notices.js"
 * @import {Scope} from "./scope.js"
 * @import {Store} from "./store.js"
 */
import { tempoRangeText } from "./detail-labels.js";
import { part, setText } from "./dom.js";
import { UNDO } from "./notices.js";

/**
 * @param {HTMLElement} root  holds "expected" with "expected-go", "expected-empty" with "expected-text", and in both a
 *                            button data-action="expect-any"
 * @param {{store: Store, notices: Notices, onGo: () => void}} deps  onGo: show where it is chosen
 * @param {Scope} scope
 */
export function mountExpectedTempo(root, { store, notices, onGo }, scope) {
  const [chip, line] = [part(root, "expected", HTMLElement), part(root, "expected-empty", HTMLElement)];
  const go = part(chip, "expected-go", HTMLButtonElement);
  const text = part(line, "expected-text", HTMLElement);

  const show = () => {
    const range = store.settings.tempoRange;
    for (const each of [chip, line]) each.hidden = range === null;
    if (range === null) return;
    setText(go, `Expected ${range.lowBpm}–${range.highBpm} BPM`);
    go.title = `Songs are analysed for ${tempoRangeText(range)}. Change it under Tempo.`;
    setText(text, `Expected tempo: ${tempoRangeText(range)}`);
  };

  /** @param {HTMLElement} place where the button goes away */
  const expectAny = (place) => {
    const range = store.settings.tempoRange;
    const hadFocus = place.contains(document.activeElement);
    store.set({ tempoRange: null });
    notices.say("Any tempo is expected again.", { label: UNDO, run: () => store.set({ tempoRange: range }) });
    const next = place.closest("section")?.querySelector('[data-action="add-files"]');
    if (hadFocus && next instanceof HTMLElement) next.focus();
  };

  scope.on(go, "click", onGo);
  for (const place of [chip, line]) {
    scope.on(place, "click", (event) => {
      if (event.target instanceof Element && event.target.closest('[data-action="expect-any"]')) expectAny(place);
    });
  }
  scope.on(store, "settings", show);
  show();
}
