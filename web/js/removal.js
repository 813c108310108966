/**
 * Tracks leave the list, and can be had back for a while: one notice speaks for all that went while it stands.
 * @import {AnalysisQueue} from "./analysis-queue.js"
 * @import {NoticeHandle, Notices} from "./notices.js"
 * @import {Store} from "./store.js"
 * @import {Track} from "./types.js"
 */
import { identity } from "./intake-files.js";
import { countText, trackTitle } from "./labels.js";
import { UNDO } from "./notices.js";

export class Removal {
  #store;
  #queue;
  #notices;
  #onBack;
  /** What the standing notice brings back. @type {ReadonlyArray<Track>} */
  #gone = [];
  /** @type {number|null} */
  #selectedId = null;
  /** @type {NoticeHandle|null} */
  #notice = null;

  /** @param {{store: Store, queue: AnalysisQueue, notices: Notices, onBack: () => void}} deps  onBack: the tracks are there again */
  constructor({ store, queue, notices, onBack }) {
    this.#store = store;
    this.#queue = queue;
    this.#notices = notices;
    this.#onBack = onBack;
  }

  /** @param {ReadonlyArray<number>} ids @param {number|null} [selectedId] who is selected again with the undo */
  remove(ids, selectedId = this.#store.selected?.id ?? null) {
    const removed = this.#queue.remove(ids);
    if (removed.length === 0) return;
    const all = [...this.#gone, ...removed];
    const selected = this.#notice === null ? selectedId : this.#selectedId;
    this.#notice?.close();
    [this.#gone, this.#selectedId] = [all, selected];
    this.#notice = this.#notices.say(removalText(all), { label: UNDO, run: () => this.#back(all, selected), onGone: () => this.#forget() });
  }

  /** With the notice goes the memory of the tracks. */
  #forget() {
    this.#gone = [];
    this.#notice = null;
  }

  /** What was added again meanwhile is there already. @param {ReadonlyArray<Track>} tracks @param {number|null} selectedId */
  #back(tracks, selectedId) {
    const known = new Set(this.#store.tracks.map(({ file, name }) => identity(file, name)));
    this.#queue.putBack(tracks.filter(({ file, name }) => !known.has(identity(file, name))));
    this.#notices.quietly(`${countText(tracks.length, "track")} back in the list.`);
    this.#store.select(selectedId);
    this.#onBack();
  }
}

/** @param {ReadonlyArray<Track>} tracks */
export function removalText(tracks) {
  const [only] = tracks;
  return tracks.length === 1 && only ? `“${trackTitle(only)}” removed.` : `${countText(tracks.length, "track")} removed.`;
}
