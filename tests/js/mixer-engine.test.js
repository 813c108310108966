import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { MixEngine } from "../../web/js/mixer-engine.js";
import { Stretch } from "../../web/js/mixer-stretch.js";
import { Tape } from "../../web/js/mixer-tape.js";

const RATE = 44100;
const WASM = new URL("../../.assets/signalsmith-stretch-1.3.2-wasm/stretch.wasm", import.meta.url);
const noWasm = existsSync(WASM) ? false : "no assets: run `nox -s assets`";

/** @typedef {import("../../web/js/mixer-gains.js").Matrix} Matrix */

/** @type {Matrix} */
const SAME = [1, 0, 0, 1];
/** @type {Matrix} */
const NONE = [0, 0, 0, 0];

/** Seeded noise, left and right of each pair, one after another. @param {number} pairs @param {number} count */
function noise(pairs, count, seed = 1) {
  let state = seed;
  return Float32Array.from({ length: 2 * pairs * count }, () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state / 0x40000000 - 1) / 4;
  });
}

/** @param {MixEngine} engine @param {number} blocks of 128 @param {number} [size] */
function run(engine, blocks, size = 128) {
  const all = [new Float32Array(blocks * size), new Float32Array(blocks * size)];
  for (let block = 0; block < blocks; block++) {
    const [left, right] = all.map((plane) => plane.subarray(block * size, (block + 1) * size));
    engine.process(/** @type {Float32Array} */ (left), /** @type {Float32Array} */ (right));
  }
  return /** @type {[Float32Array, Float32Array]} */ (all);
}

/** A mix by hand. @param {Float32Array} samples @param {number} pairs @param {number} count */
function sum(samples, pairs, count, channel = 0) {
  return Float32Array.from({ length: count }, (_, i) => {
    let total = 0;
    for (let pair = 0; pair < pairs; pair++) total += samples[(2 * pair + channel) * count + i] ?? 0;
    return total;
  });
}

/** @param {Float32Array} a @param {Float32Array} b @param {number} from */
function worst(a, b, from) {
  let most = 0;
  for (let i = from; i < Math.min(a.length, b.length); i++) most = Math.max(most, Math.abs((a[i] ?? 0) - (b[i] ?? 0)));
  return most;
}

/** An engine that plays a tape. @param {number} pairs @param {Float32Array} samples @param {Stretch|null} [stretch] */
function playing(pairs, samples, stretch = null) {
  const engine = new MixEngine({ pairs, sampleRate: RATE, stretch });
  engine.reset(1);
  engine.append(1, { start: 0, count: samples.length / (2 * pairs), samples });
  engine.finish(1);
  engine.play(true);
  return engine;
}

test("at speed 1 what goes out is the sum of all lanes, to the last bit of a float", () => {
  const count = RATE;
  const samples = noise(4, count);
  const [left, right] = run(playing(4, samples), 300);
  const faded = Math.ceil(0.008 * RATE) + 1;
  assert.equal(worst(left, sum(samples, 4, count), faded), 0);
  assert.equal(worst(right, sum(samples, 4, count, 1), faded), 0);
});

test("blocks of any size on the tape give the same as one", () => {
  const count = 30_000;
  const samples = noise(2, count);
  const engine = new MixEngine({ pairs: 2, sampleRate: RATE, stretch: null });
  engine.reset(5);
  for (let start = 0, size = 1; start < count; start += size, size = Math.min(count - start, 2 * size + 1)) {
    const part = new Float32Array(4 * size);
    for (let row = 0; row < 4; row++) part.set(samples.subarray(row * count + start, row * count + start + size), row * size);
    engine.append(5, { start, count: size, samples: part });
  }
  engine.finish(5);
  engine.play(true);
  assert.equal(worst(run(engine, 200)[0], sum(samples, 2, count), 400), 0);
});

test("a gain glides to its new value without a jump and is exact when it is there", () => {
  const count = RATE;
  const samples = new Float32Array(2 * count).fill(0.5);
  const engine = playing(1, samples);
  run(engine, 10);
  engine.setGains([[0.25, 0, 0, 0.25]]);
  const [left] = run(engine, 10);
  let step = 0;
  for (let i = 1; i < left.length; i++) step = Math.max(step, Math.abs((left[i] ?? 0) - (left[i - 1] ?? 0)));
  assert.ok(step < 0.002, `largest step ${step}`);
  assert.equal(left[left.length - 1], 0.125);
});

test("pause and seek fade, and go on at the sample that was asked for", () => {
  const count = RATE;
  const samples = noise(1, count);
  const engine = playing(1, samples);
  run(engine, 100);
  engine.play(false);
  run(engine, 8);
  const rest = engine.place;
  assert.ok(rest > 12_800 && rest < 14_000);
  assert.equal(Math.max(...run(engine, 4)[0]), 0);
  assert.equal(engine.place, rest);
  engine.play(true);
  const [left] = run(engine, 50);
  assert.equal(worst(left, samples.slice(rest), 400), 0);
  const other = noise(1, count, 9);
  engine.reset(2);
  engine.append(1, { start: count, count: 0, samples: new Float32Array() }); // too late: that tape is going
  engine.append(2, { start: 0, count, samples: other });
  const after = run(engine, 100)[0];
  const begin = after.findIndex((value, i) => i > 300 && value === 0 && after[i + 1] !== 0) + 1;
  assert.ok(begin > 0);
  assert.equal(worst(after.subarray(begin), other, 400), 0);
});

test("without samples it waits in silence, says so, and goes on where it was", () => {
  const engine = new MixEngine({ pairs: 1, sampleRate: RATE, stretch: null });
  const samples = noise(1, 2 * RATE);
  engine.reset(1);
  engine.play(true);
  assert.equal(Math.max(...run(engine, 5)[0]), 0);
  assert.deepEqual([engine.report(0).starved, engine.report(0).running], [true, false]);
  const half = (/** @type {number} */ at) => {
    const part = new Float32Array(2 * RATE);
    part.set(samples.subarray(at, at + RATE));
    part.set(samples.subarray(2 * RATE + at, 2 * RATE + at + RATE), RATE);
    return part;
  };
  engine.append(1, { start: 0, count: RATE, samples: half(0) });
  run(engine, 400);
  assert.equal(engine.report(0).starved, true);
  assert.equal(engine.place, Math.floor(RATE / 128) * 128);
  engine.append(1, { start: RATE, count: RATE, samples: half(RATE) });
  engine.finish(1);
  const [left] = run(engine, 100);
  assert.equal(worst(left, samples.slice(Math.floor(RATE / 128) * 128), 400), 0);
});

test("a tape can be cut and go on with something else", () => {
  const tape = new Tape(1);
  tape.append({ start: 0, count: 4, samples: Float32Array.of(1, 2, 3, 4, 1, 2, 3, 4) });
  tape.append({ start: 4, count: 2, samples: Float32Array.of(5, 6, 5, 6) });
  tape.cut(3);
  assert.equal(tape.end, 3);
  tape.append({ start: 3, count: 1, samples: Float32Array.of(9, 9) });
  const sums = { left: new Float64Array(6), right: new Float64Array(6) };
  tape.mix(-1, 6, { from: [SAME], to: [SAME] }, sums, null);
  assert.deepEqual([...sums.left], [0, 1, 2, 3, 9, 0]);
  assert.throws(() => tape.append({ start: 9, count: 1, samples: Float32Array.of(1, 1) }), /Expected a block at 4, got one at 9\./);
  assert.throws(() => tape.append({ start: 4, count: 1, samples: Float32Array.of(1) }), /Expected 2 samples, got 1\./);
});

test("peaks are those of each lane as it is heard, and start anew with each report", () => {
  const samples = new Float32Array(4 * RATE);
  samples.fill(0.5, 0, RATE).fill(-0.25, RATE, 2 * RATE).fill(0.75, 2 * RATE);
  const engine = new MixEngine({ pairs: 2, sampleRate: RATE, stretch: null });
  engine.setGains([SAME, NONE]);
  engine.reset(1);
  engine.append(1, { start: 0, count: RATE, samples });
  engine.play(true);
  run(engine, 20);
  assert.deepEqual([...engine.report(0).peaks], [0.5, 0.25, 0, 0, 0.5, 0.25]);
  assert.deepEqual([...engine.report(0).peaks], [0, 0, 0, 0, 0, 0]);
});

test("the song's end is told once it is heard", () => {
  const engine = playing(1, noise(1, 1000));
  run(engine, 3);
  assert.equal(engine.report(0).ended, false);
  run(engine, 6);
  assert.equal(engine.report(0).ended, true);
});

/** A tone with a burst of another each second. @param {number} seconds */
function clock(seconds) {
  const count = seconds * RATE;
  const samples = new Float32Array(2 * count);
  for (let i = 0; i < count; i++) {
    const burst = (i / RATE) % 1 < 0.02 ? 0.8 * Math.sin((2 * Math.PI * 3000 * i) / RATE) : 0;
    samples[i] = samples[count + i] = 0.1 * Math.sin((2 * Math.PI * 440 * i) / RATE) + burst;
  }
  return samples;
}

/** @param {Float32Array} samples @param {number} at @param {number} count @param {number} hertz */
function amplitude(samples, at, count, hertz) {
  let [re, im] = [0, 0];
  for (let i = 0; i < count; i++) {
    re += (samples[at + i] ?? 0) * Math.cos((2 * Math.PI * hertz * i) / RATE);
    im += (samples[at + i] ?? 0) * Math.sin((2 * Math.PI * hertz * i) / RATE);
  }
  return (2 * Math.hypot(re, im)) / count;
}

/** Seconds at which the bursts are loudest. @param {Float32Array} samples */
function bursts(samples) {
  const found = [];
  let [best, at, quiet] = [0, 0, 0];
  for (let i = 0; i + 441 < samples.length; i += 55) {
    const level = amplitude(samples, i, 441, 3000);
    if (level > 0.08) {
      if (level > best) [best, at] = [level, i + 220];
      quiet = 0;
    } else if (++quiet === 40 && best > 0) {
      found.push(at / RATE);
      best = 0;
    }
  }
  return found;
}

function stretcher() {
  return new Stretch(new WebAssembly.Module(readFileSync(WASM)), RATE);
}

for (const speed of [0.5, 0.75, 1.2]) {
  test(`at ${speed} the pitch stays and each second comes when it should`, { skip: noWasm }, () => {
    const engine = playing(1, clock(6), stretcher());
    engine.setSpeed(speed);
    const [left] = run(engine, Math.ceil((4 / speed) * (RATE / 128)));
    const found = bursts(left);
    assert.ok(found.length >= 3);
    for (const [index, second] of found.slice(1).entries()) {
      const wanted = (index + 1 + 0.01) / speed;
      assert.ok(Math.abs(second - wanted) < 0.02, `burst ${index + 1} at ${second}, expected ${wanted}`);
    }
    const quiet = Math.round((1.5 / speed) * RATE);
    assert.ok(Math.abs(amplitude(left, quiet, 8820, 440) - 0.1) < 0.02);
    assert.ok(amplitude(left, quiet, 8820, 440 * speed) < 0.02);
    const place = engine.report(0).place / RATE;
    assert.ok(Math.abs(place - (left.length / RATE) * speed) < 0.01, `${place}`);
  });
}

test("back at speed 1 it is the sum again, at the place that was heard", { skip: noWasm }, () => {
  const samples = clock(6);
  const engine = playing(1, samples, stretcher());
  run(engine, 200);
  engine.setSpeed(0.8);
  run(engine, 300);
  const before = engine.place;
  engine.setSpeed(1);
  const [left] = run(engine, 50);
  assert.ok(Math.abs(engine.place - before - 6400) < 3);
  const start = engine.place - 6400;
  assert.equal(worst(left, samples.slice(start), 129), 0);
});

test("without a stretcher every speed is 1", () => {
  const samples = noise(1, RATE);
  const engine = playing(1, samples);
  engine.setSpeed(0.5);
  assert.equal(engine.stretches, false);
  assert.equal(worst(run(engine, 100)[0], samples, 400), 0);
});
