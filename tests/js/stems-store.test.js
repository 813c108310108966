import assert from "node:assert/strict";
import { test } from "node:test";

import { keepJobs } from "../../web/js/jobs-kept.js";
import { Separations, isFinal, newSeparation, randomName } from "../../web/js/stems-store.js";

/** A browser's storage. @returns {any} */
function storage(values = new Map()) {
  return {
    values,
    get length() { return values.size; },
    key: (/** @type {number} */ at) => [...values.keys()][at] ?? null,
    getItem: (/** @type {string} */ key) => values.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => void values.set(key, value),
    removeItem: (/** @type {string} */ key) => void values.delete(key),
  };
}

/** @param {object} [more] */
function separation(more = {}) {
  const options = /** @type {any} */ ({ model: "htdemucs", mode: "each", stems: [] });
  return newSeparation({ place: "server", song: "a.mp3\n1\n1", title: "A", artist: null, label: "Studio", bytes: 1, options, ...more });
}

test("server jobs are found again, separations on the device are not", () => {
  const kept = storage();
  const before = new Separations(keepJobs(kept));
  before.add(separation({ id: "one", createdAt: 1 }));
  before.add(separation({ id: "two", createdAt: 2 }));
  before.add(separation({ id: "here", place: "device" }));
  before.update("one", { jobId: "j1", state: "running", fraction: 0.4 });
  before.remove("two");
  const after = new Separations(keepJobs(kept));
  assert.deepEqual(after.list.map(({ id, jobId, state, fraction }) => ({ id, jobId, state, fraction })), [{ id: "one", jobId: "j1", state: "running", fraction: 0.4 }]);
});

test("the newest stands first, also among those of one song", () => {
  const store = new Separations();
  store.add(separation({ id: "old", createdAt: 1 }));
  store.add(separation({ id: "new", createdAt: 3 }));
  store.add(separation({ id: "other", createdAt: 2, song: "b" }));
  assert.deepEqual(store.list.map((entry) => entry.id), ["new", "other", "old"]);
  assert.deepEqual(store.of("a.mp3\n1\n1").map((entry) => entry.id), ["new", "old"]);
});

test("what is in the storage and no job of ours is left alone", () => {
  const kept = storage(new Map([["keylight.settings", "{}"], ["keylight.job.x", "{"], ["keylight.job.y", '{"id":"y"}'], ["keylight.job.z", '{"id":"z","song":"s","title":"t","label":"l","state":"done","key":"k","createdAt":1,"options":null}']]));
  assert.deepEqual(new Separations(keepJobs(kept)).list, []);
  assert.equal(kept.values.size, 4);
});

test("a storage that is full or forbidden costs the memory, not the job", () => {
  const full = { ...storage(), setItem() { throw new DOMException("full", "QuotaExceededError"); } };
  for (const kept of [keepJobs(/** @type {any} */ (full)), keepJobs(null)]) {
    const store = new Separations(kept);
    store.add(separation({ id: "one" }));
    assert.equal(store.get("one")?.title, "A");
  }
});

test("another tab's jobs come, move and go", () => {
  const tabs = new EventTarget();
  const store = new Separations(keepJobs(storage(), tabs));
  /** @type {Array<{id: string, structure: boolean}>} */
  const seen = [];
  store.addEventListener("change", (event) => seen.push(/** @type {CustomEvent} */ (event).detail));
  const tell = (/** @type {string} */ key, /** @type {string|null} */ newValue) => tabs.dispatchEvent(Object.assign(new Event("storage"), { key, newValue }));
  tell("keylight.job.far", JSON.stringify(separation({ id: "far" })));
  tell("keylight.job.far", JSON.stringify(separation({ id: "far", state: "done" })));
  tell("keylight.settings", "{}");
  assert.equal(store.get("far")?.state, "done");
  tell("keylight.job.far", null);
  assert.equal(store.get("far"), null);
  assert.deepEqual(seen, [{ id: "far", structure: true }, { id: "far", structure: false }, { id: "far", structure: true }]);
});

test("updates of what is gone say so", () => {
  assert.equal(new Separations().update("nobody", { state: "done" }), false);
});

test("names are 128 random bits", () => {
  assert.match(randomName(), /^[0-9a-f]{32}$/);
  assert.notEqual(randomName(), randomName());
});

test("four states are the end", () => {
  const states = /** @type {const} */ (["uploading", "holding", "queued", "running", "done", "failed", "cancelled", "expired"]);
  assert.deepEqual(states.filter((state) => isFinal({ state })), ["done", "failed", "cancelled", "expired"]);
});
