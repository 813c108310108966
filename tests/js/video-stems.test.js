import assert from "node:assert/strict";
import { test } from "node:test";
import { StemsLender } from "../../web/js/stems-lend.js";
import { Separations, newSeparation } from "../../web/js/stems-store.js";
import { stemsOf } from "../../web/js/video-edits.js";
import { hearStems } from "../../web/js/video-stems.js";

const never = new AbortController().signal;
const FILE = new File(["music"], "song.flac", { lastModified: 7 });
const SONG = { name: "song.flac", file: FILE, title: "Song", artist: "" };
const IDENTITY = "song.flac\n5\n7";

/** @param {string} name @param {number} samples @param {number} value */
function lane(name, samples, value) {
  return {
    name, label: name, sampleRate: 8000, seconds: samples / 8000, peaks: null,
    read: async (/** @type {number} */ start, /** @type {number} */ count) => [0, 1].map((side) => new Float32Array(count).fill(start < samples ? value + side : 0)),
  };
}

test("stems are found in drives of layers and effects, and in what layers hear", () => {
  const drive = { type: "drive", feature: "kick", stem: "drums" };
  const project = {
    effects: [{ kind: "shake", props: { amount: { ...drive, stem: "bass" } } }],
    layers: [
      { id: "one", props: { scale: drive, x: { ...drive, stem: null }, y: 0.5 }, effects: [] },
      { id: "two", props: { stem: "vocals" }, effects: [{ kind: "glow", props: { strength: { ...drive, stem: "other" } } }] },
      { id: "three", props: { stem: "song" }, effects: [] },
    ],
  };
  assert.deepEqual([...stemsOf(/** @type {any} */ (project))].sort(), ["bass", "drums", "other", "vocals"]);
});

test("every sample of all stems is fed once, side by side, with progress", async () => {
  const samples = 70_000;
  /** @type {any[]} */
  const asked = [];
  const engine = {
    ask: async (/** @type {any} */ request, /** @type {Float32Array[]} */ arrays = []) => {
      asked.push([request, arrays]);
      return { value: { stems: ["drums", "bass"] }, arrays: [new Uint8Array([1])] };
    },
  };
  /** @type {Array<number|null>} */
  const told = [];
  const lanes = /** @type {any} */ ([lane("drums", samples, 1), lane("bass", samples - 10_000, 5)]);
  const found = await hearStems(lanes, { engine: /** @type {any} */ (engine), signal: never, onProgress: (_, fraction) => told.push(fraction) });
  assert.deepEqual(found, { features: new Uint8Array([1]), names: ["drums", "bass"] });
  assert.deepEqual(asked[0][0], { type: "openStems", names: ["drums", "bass"], sampleRate: 8000 });
  assert.equal(asked.at(-1)[0].type, "finishStems");
  const blocks = asked.slice(1, -1).map(([, arrays]) => arrays);
  assert.equal(blocks.reduce((all, [plane]) => all + plane.length, 0), samples);
  assert.deepEqual(blocks[0].map((/** @type {Float32Array} */ plane) => plane[0]), [1, 2, 5, 6]);
  assert.deepEqual(told, [...told].sort((one, other) => Number(one) - Number(other)));
});

/** A lender whose quick separation is played by hand. */
function rig() {
  const separations = new Separations();
  /** @type {string[]} */
  const cancelled = [];
  const splits = {
    start: (/** @type {any} */ wanted) => {
      const entry = newSeparation({ ...wanted, place: "device", label: "Quick", bytes: 5 });
      separations.add(entry);
      return entry.id;
    },
    cancel: (/** @type {string} */ id) => {
      cancelled.push(id);
      separations.update(id, { state: "cancelled" });
    },
    sink: () => ({}),
  };
  const open = async (/** @type {any} */ entry) => /** @type {any} */ ({ of: entry.id });
  return { separations, cancelled, lender: new StemsLender({ separations, splits: /** @type {any} */ (splits), open }) };
}

/** @param {Partial<import("../../web/js/stems-store.js").Separation>} more */
function known(more) {
  const options = /** @type {any} */ ({ mode: "each", stems: [] });
  return newSeparation({ song: IDENTITY, title: "Song", artist: null, bytes: 5, options, label: "Studio", place: "server", state: "done", ...more });
}

test("stems that are there are lent, the server's before quick ones, only whole ones", async () => {
  const { separations, lender } = rig();
  const device = known({ place: "device" });
  const server = known({});
  for (const entry of [known({ state: "failed" }), known({ options: /** @type {any} */ ({ mode: "two", stems: ["vocals"] }) }), server, device, known({ song: "another" })]) separations.add(entry);
  assert.deepEqual(await lender.lend(SONG, { signal: never, onProgress: () => {} }), { of: server.id });
  separations.remove(server.id);
  assert.deepEqual(await lender.lend(SONG, { signal: never, onProgress: () => {} }), { of: device.id });
});

test("without stems quick ones are made, with their progress, and belong to whoever borrows", async () => {
  const { separations, lender } = rig();
  /** @type {any[]} */
  const told = [];
  const lent = lender.lend(SONG, { signal: never, onProgress: (stage, fraction) => told.push([stage, fraction]) });
  const [entry] = separations.list;
  assert.ok(entry);
  assert.ok(lender.owns(entry.id));
  separations.update(entry.id, { state: "running", stage: "Separating", fraction: 0.5 });
  separations.update(entry.id, { state: "done" });
  assert.deepEqual(await lent, { of: entry.id });
  assert.deepEqual(told.at(-1), ["Separating", 0.5]);
});

test("a separation that fails says why; one that nobody wants any more is stopped", async () => {
  const failing = rig();
  const failed = failing.lender.lend(SONG, { signal: never, onProgress: () => {} });
  failing.separations.update(/** @type {any} */ (failing.separations.list[0]).id, { state: "failed", error: "The disk has no room." });
  await assert.rejects(failed, /The disk has no room\./);

  const left = rig();
  const stop = new AbortController();
  const lent = left.lender.lend(SONG, { signal: stop.signal, onProgress: () => {} });
  stop.abort(new Error("The editor was closed."));
  await assert.rejects(lent, /The editor was closed/);
  assert.deepEqual(left.cancelled, left.separations.list.map(({ id }) => id));
});

test("a separation that is under way is waited for, and goes on when the borrower leaves", async () => {
  const { separations, cancelled, lender } = rig();
  separations.add(known({ place: "device", state: "running" }));
  const stop = new AbortController();
  const lent = lender.lend(SONG, { signal: stop.signal, onProgress: () => {} });
  assert.equal(separations.list.length, 1);
  stop.abort(new Error("The editor was closed."));
  await assert.rejects(lent, /The editor was closed/);
  assert.deepEqual(cancelled, []);
});
