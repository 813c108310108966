import assert from "node:assert/strict";
import test from "node:test";

import { KEYS } from "../../web/js/protocol.js";
import { clockPosition, neighbourOf, polar, RINGS, sectorCentre, sectorPath } from "../../web/js/wheel-geometry.js";

const close = (/** @type {number} */ a, /** @type {number} */ b) => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);

test("12 is at the top, 3 at the right, 6 below, 9 at the left", () => {
  for (const [position, x, y] of /** @type {Array<[number, number, number]>} */ ([[0, 0, -1], [3, 1, 0], [6, 0, 1], [9, -1, 0]])) {
    const point = polar(1, position * 30);
    close(point.x, x);
    close(point.y, y);
  }
  const centre = sectorCentre(0, { inner: 80, outer: 120 });
  close(centre.x, 0);
  close(centre.y, -100);
});

test("24 keys fill 12 places in two rings", () => {
  const places = new Set(KEYS.map((key) => `${clockPosition(key)} ${key.mode}`));
  assert.equal(places.size, 24);
  assert.equal(clockPosition(/** @type {any} */ ({ camelot: "12B" })), 0);
  assert.equal(clockPosition(/** @type {any} */ ({ camelot: "8A" })), 8);
});

test("the path of the top sector is symmetric and stays between its radii", () => {
  assert.equal(sectorPath(0, { inner: 50, outer: 100 }), "M-25.88 -96.59A100 100 0 0 1 25.88 -96.59L12.94 -48.3A50 50 0 0 0 -12.94 -48.3Z");
});

test("an inset leaves a gap of the same width at hub and rim", () => {
  const numbers = (sectorPath(0, RINGS.minor, 2).match(/-?[\d.]+/g) ?? []).map(Number);
  const [, , , , , , , outerX = 0, outerY = 0, innerX = 0, innerY = 0] = numbers;
  const edge = polar(1, 15); // direction of the shared edge; distance of a point from it by cross product
  const distance = (/** @type {number} */ x, /** @type {number} */ y) => Math.abs(x * edge.y - y * edge.x);
  assert.ok(Math.abs(distance(outerX, outerY) - 2) < 0.01);
  assert.ok(Math.abs(distance(innerX, innerY) - 2) < 0.01);
});

test("arrows go round the ring and from ring to ring", () => {
  assert.deepEqual(neighbourOf({ position: 11, mode: "minor" }, "ArrowRight"), { position: 0, mode: "minor" });
  assert.deepEqual(neighbourOf({ position: 0, mode: "minor" }, "ArrowLeft"), { position: 11, mode: "minor" });
  assert.deepEqual(neighbourOf({ position: 8, mode: "minor" }, "ArrowUp"), { position: 8, mode: "major" });
  assert.deepEqual(neighbourOf({ position: 8, mode: "major" }, "ArrowDown"), { position: 8, mode: "minor" });
  assert.equal(neighbourOf({ position: 8, mode: "major" }, "x"), null);
});
