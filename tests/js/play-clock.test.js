import assert from "node:assert/strict";
import { test } from "node:test";
import { PlayClock, clicksBetween, firstAtLeast } from "../../web/js/play-clock.js";
import { clickSamples } from "../../web/js/play-sounds.js";

test("every second of the track has a whole frame of the context", () => {
  const clock = new PlayClock(44100, 1.00001, 30.5);
  assert.equal(clock.timeOf(30.5), 44101 / 44100);
  for (const block of [30.75, 31.0001, 95.333]) {
    const frames = clock.timeOf(block) * 44100;
    assert.ok(Math.abs(frames - Math.round(frames)) < 1e-6);
    assert.ok(Math.abs(clock.secondAt(clock.timeOf(block)) - block) <= 0.5 / 44100 + 1e-9);
  }
});

test("blocks that follow each other in the track do so in the context, for hours", () => {
  const clock = new PlayClock(44100, 0.05, 0);
  for (const start of [0, 11025, 4 * 3600 * 44100]) {
    const gap = clock.timeOf((start + 11025) / 44100) - clock.timeOf(start / 44100);
    assert.equal(Math.round(gap * 44100), 11025);
  }
});

test("a delay moves everything that is still to come", () => {
  const clock = new PlayClock(1000, 0, 10);
  clock.delay(0.25);
  assert.equal(clock.timeOf(10), 0.25);
  assert.equal(clock.secondAt(0.25), 10);
});

test("neighbouring windows give every click once", () => {
  const beats = Float64Array.from({ length: 100 }, (_, i) => 0.25 + i * 0.5);
  const downbeats = beats.filter((_, i) => i % 4 === 0);
  const clicks = [];
  for (let at = 0; at < 60; at += 0.25) clicks.push(...clicksBetween({ beats, downbeats }, at, at + 0.25));
  assert.deepEqual(clicks.map((click) => click.seconds), [...beats]);
  assert.deepEqual(clicks.map((click) => click.downbeat), [...beats].map((_, i) => i % 4 === 0));
  assert.deepEqual(clicksBetween({ beats: [], downbeats: [] }, 0, 10), []);
});

test("firstAtLeast finds the border", () => {
  assert.deepEqual([-1, 1, 1.5, 3, 9].map((least) => firstAtLeast([1, 2, 3], least)), [0, 0, 1, 2, 3]);
});

test("a click starts at once, ends in silence and stays below full scale", () => {
  const click = clickSamples(44100, true);
  const peak = click.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  assert.ok(peak > 0.4 && peak < 0.6);
  assert.ok(Math.abs(click.indexOf(peak) - 44100 / 1600 / 4) < 3, "the loudest sample is the first crest");
  assert.ok(Math.abs(click.at(-1) ?? 1) < 1e-3);
  assert.ok(clickSamples(8000, false).length > 0);
});
