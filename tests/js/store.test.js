import assert from "node:assert/strict";
import { test } from "node:test";

import { DEFAULT_SETTINGS, neighbour, SETTINGS_KEY, Store } from "../../web/js/store.js";

/** @param {string} name */
const found = (name) => ({ file: new File(["x"], name), name });

/** @param {string|null} saved */
function storage(saved = null) {
  const values = new Map(saved === null ? [] : [[SETTINGS_KEY, saved]]);
  return {
    values,
    getItem: (/** @type {string} */ key) => values.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => void values.set(key, value),
  };
}

test("the first file added is selected, later ones leave the selection alone", () => {
  const store = new Store();
  const [first] = store.add([found("a.mp3"), found("b.mp3")]);
  store.add([found("c.mp3")]);
  assert.equal(store.selected?.id, first?.id);
  assert.deepEqual(store.tracks.map((track) => track.name), ["a.mp3", "b.mp3", "c.mp3"]);
});

test("an update replaces the track and says which", () => {
  const store = new Store();
  const [before] = store.add([found("a.mp3")]);
  assert.ok(before);
  /** @type {any[]} */
  const events = [];
  store.addEventListener("tracks", (event) => events.push(/** @type {CustomEvent} */ (event).detail));
  assert.equal(store.update(before.id, { state: "working", fraction: 0.5 }), true);
  assert.equal(before.state, "waiting");
  assert.equal(store.track(before.id)?.state, "working");
  assert.deepEqual(events, [{ ids: [before.id], structure: false }]);
  assert.equal(store.update(99, { state: "done" }), false);
});

test("removing the selected track selects the one after it, else the one before, else none", () => {
  const store = new Store();
  const ids = store.add([found("a"), found("b"), found("c")]).map((track) => track.id);
  store.select(ids[1] ?? null);
  store.remove([ids[1] ?? 0]);
  assert.equal(store.selected?.name, "c");
  store.remove([ids[2] ?? 0]);
  assert.equal(store.selected?.name, "a");
  store.remove([ids[0] ?? 0]);
  assert.equal(store.selected, null);
});

test("numbers are never used twice", () => {
  const store = new Store();
  const [first] = store.add([found("a")]);
  store.remove([first?.id ?? 0]);
  const [second] = store.add([found("a")]);
  assert.notEqual(second?.id, first?.id);
});

test("settings are saved, and what is unknown or of another type is dropped on reading", () => {
  const kept = storage();
  new Store(kept).set({ notation: "musical" });
  assert.equal(new Store(kept).settings.notation, "musical");
  const odd = new Store(storage('{"volume": "loud", "nonsense": 1, "theme": "light"}'));
  assert.deepEqual(odd.settings, { ...DEFAULT_SETTINGS, theme: "light" });
  for (const broken of [{ sort: null }, { sort: { column: "colour", descending: true } }, { notation: "zzz" }, { theme: 3 }, { volume: 1e9 }]) {
    assert.deepEqual(new Store(storage(JSON.stringify(broken))).settings, { ...DEFAULT_SETTINGS }, JSON.stringify(broken));
  }
  assert.deepEqual(new Store(storage("not json")).settings, { ...DEFAULT_SETTINGS });
});

test("storage that refuses costs only the saving", () => {
  const store = new Store({
    getItem: () => null,
    setItem: () => {
      throw new Error("QuotaExceededError");
    },
  });
  store.set({ volume: 0.2 });
  assert.equal(store.settings.volume, 0.2);
});

test("neighbour looks forward first", () => {
  assert.equal(neighbour([1, 2, 3], 2, (id) => id !== 2), 3);
  assert.equal(neighbour([1, 2, 3], 3, (id) => id !== 3), 2);
  assert.equal(neighbour([1], 1, () => false), null);
});
