import assert from "node:assert/strict";
import { test } from "node:test";

import { FontsMissing } from "../../web/js/painter-fonts.js";
import { lookForFlashes } from "../../web/js/video-flash-look.js";

const FRAME = { getBuffer: () => ({ data: new Float32Array(), release() {} }), destroy() {} };

/** Python, painter and films of a film of three frames, that write down what they are asked. @param {{times?: (n: number) => number[], play?: (list: Float32Array) => void}} [how] */
function made({ times = (n) => [n], play = () => {} } = {}) {
  /** @type {string[]} */
  const log = [];
  let [taken, guesses, searched] = [0, 0, 0];
  /** @type {any} */
  let films = null;
  const look = {
    frames: 3, width: 2, height: 1, canvasWidth: 1920, canvasHeight: 1080,
    times: () => times(taken),
    frame: (/** @type {number} */ t) => (log.push(`frame ${t}`), FRAME),
    fresh: () => null,
    take: (/** @type {Uint8Array[]} */ pictures) => (log.push(`take ${pictures.length}`), (taken += 1) / 3),
    work: () => ((searched += 1) < 3 ? searched / 3 : undefined),
    remake: () => void log.push("remake"),
    guesses: () => guesses,
    found: () => "{}",
    keep: () => void log.push("keep"),
  };
  const apart = {
    painter: { play, setFilms: (/** @type {any} */ given) => (films = given), reset: () => void log.push("reset") },
    target: { pixels: () => new Uint8Array(8) },
    dispose: () => void log.push("dispose"),
  };
  const painter = {
    apart: () => apart,
    fonts: async (/** @type {string[]} */ files) => void log.push(`fonts ${files}`),
    fontsCame: Promise.resolve(),
  };
  const stop = new AbortController();
  /** @type {number[]} */
  const told = [];
  const deps = { signal: stop.signal, report: (/** @type {string} */ _, /** @type {number} */ share) => void told.push(share), moving: () => false };
  const run = (/** @type {any} */ own = {}) => lookForFlashes(/** @type {any} */ (look), /** @type {any} */ (painter), own, deps);
  return { look, log, run, stop, told, painter, guess: () => (guesses += 1), films: () => films };
}

test("every frame is painted and taken once, then the limits are searched for and kept", async () => {
  const { log, run, told } = made();
  assert.equal(await run(), "{}");
  assert.deepEqual(log, ["frame 0", "take 1", "frame 1", "take 1", "frame 2", "take 1", "keep", "dispose"]);
  assert.deepEqual(told, [...told].sort());
});

test("the end of a loop is two pictures", async () => {
  const { log, run } = made({ times: (n) => (n === 2 ? [2, -1] : [n]) });
  await run();
  assert.deepEqual(log.slice(-5), ["frame 2", "frame -1", "take 2", "keep", "dispose"]);
});

test("a text that was laid out by guess is laid out anew when its fonts have come, in the same frame", async () => {
  const one = made();
  const { frame } = one.look;
  let guessed = false;
  one.look.frame = (t) => {
    if (t === 1 && !guessed) guessed = Boolean(one.guess());
    return frame(t);
  };
  await one.run();
  assert.deepEqual(one.log, ["frame 0", "take 1", "frame 1", "remake", "reset", "frame 1", "take 1", "frame 2", "take 1", "keep", "dispose"]);
});

test("fonts that cannot be had end the check with why", async () => {
  const one = made();
  const { frame } = one.look;
  one.look.frame = (t) => (one.guess(), frame(t));
  one.painter.fontsCame = Promise.reject(new Error("A font could not be loaded."));
  await assert.rejects(one.run(), /A font could not be loaded/);
  assert.equal(one.log.at(-1), "dispose");
});

test("fonts that painting asks for are loaded", async () => {
  let asked = false;
  const { log, run } = made({
    play: () => {
      if (asked) return;
      asked = true;
      throw new FontsMissing(["a.ttf"]);
    },
  });
  await run();
  assert.deepEqual(log.slice(0, 4), ["frame 0", "fonts a.ttf", "frame 0", "take 1"]);
});

test("a frame of a film that is not decoded yet is waited for, and painted as it is where it never comes", async () => {
  const one = made({ play: () => void one.films().frame("clip", 7) });
  /** @type {string[]} */
  const waited = [];
  await one.run({ frame: () => null, ready: async (/** @type {string} */ id, /** @type {number} */ number) => void waited.push(`${id} ${number}`) });
  assert.equal(one.log.filter((line) => line === "frame 0").length, 2);
  assert.equal(waited[0], "clip 7");
  assert.equal(one.log.filter((line) => line === "take 1").length, 3);
});

test("who does not want the answer any more stops it, and nothing is kept", async () => {
  const one = made();
  const { work } = one.look;
  one.look.work = () => (one.stop.abort(), work());
  await assert.rejects(one.run(), { name: "AbortError" });
  assert.ok(!one.log.includes("keep"));
  assert.equal(one.log.at(-1), "dispose");
});
