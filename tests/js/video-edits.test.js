import assert from "node:assert/strict";
import { test } from "node:test";

import {
  addEffect, addLayer, changedKey, duplicateLayer, freshMediumId, isDriven, isKeyed, keyAt, layerOf, moveEffect, moveLayer, propsOf, putMedium, removeEffect,
  removeLayer, setEffect, setLayer, setProp, withKey, withoutKey,
} from "../../web/js/video-edits.js";
import { History } from "../../web/js/video-history.js";

/** @typedef {import("../../web/js/protocol.js").Project} Project */

/** @param {...string} kinds @returns {Project} */
function project(...kinds) {
  /** @type {any} */
  let made = { version: 1, name: "", title: "", artist: "", canvas: { width: 1920, height: 1080, fps: 60 }, palette: ["#000", "#fff"], layers: [], effects: [], media: [], seed: 1, safeFlashes: true, template: "" };
  for (const kind of kinds) made = addLayer(made, kind).project;
  return made;
}

const ids = (/** @type {Project} */ { layers }) => layers.map(({ id }) => id);

test("new layers have ids of their own and lie in front of what is chosen", () => {
  const made = project("bars", "text", "text");
  assert.deepEqual(ids(made), ["bars", "text", "text-2"]);
  assert.deepEqual(ids(addLayer(made, "bars", { above: "bars" }).project), ["bars", "bars-2", "text", "text-2"]);
  const { project: copied, id } = duplicateLayer(setLayer(made, "text", { name: "Words" }), "text");
  assert.deepEqual([id, layerOf(copied, id)?.name, ids(copied).indexOf(id)], ["text-3", "Words copy", 2]);
});

test("an edit leaves what it was made from alone", () => {
  const before = project("bars", "text");
  const frozen = JSON.stringify(before);
  setProp(before, { layer: "bars", effect: null }, "count", 12);
  moveLayer(before, "bars", 1);
  addEffect(before, "bars", "glow");
  removeLayer(before, "bars");
  assert.equal(JSON.stringify(before), frozen);
});

test("layers move within their number, and a move to the same place is none", () => {
  const made = project("a", "b", "c");
  assert.deepEqual(ids(moveLayer(made, "a", 2)), ["b", "c", "a"]);
  assert.deepEqual(ids(moveLayer(made, "a", 99)), ["b", "c", "a"]);
  assert.equal(moveLayer(made, "a", 0), made);
  assert.equal(moveLayer(made, "gone", 1), made);
});

test("inputs of layers, of their effects and of the picture's effects", () => {
  let made = addEffect(addEffect(project("bars"), "bars", "glow"), null, "grain");
  made = setProp(made, { layer: "bars", effect: 0 }, "strength", 0.5);
  made = setProp(made, { layer: null, effect: 0 }, "amount", 0.2);
  assert.deepEqual(propsOf(made, { layer: "bars", effect: 0 }), { strength: 0.5 });
  assert.deepEqual(propsOf(made, { layer: null, effect: 0 }), { amount: 0.2 });
  assert.deepEqual(propsOf(setProp(made, { layer: "bars", effect: 0 }, "strength", undefined), { layer: "bars", effect: 0 }), {});
  const two = addEffect(made, "bars", "shake");
  assert.deepEqual(layerOf(moveEffect(two, "bars", 1, 0), "bars")?.effects.map(({ kind }) => kind), ["shake", "glow"]);
  assert.equal(layerOf(setEffect(two, "bars", 0, { enabled: false }), "bars")?.effects[0]?.enabled, false);
  assert.deepEqual(layerOf(removeEffect(two, "bars", 0), "bars")?.effects.map(({ kind }) => kind), ["shake"]);
});

test("keyframes stay in the order of time, and one time has one", () => {
  const keyed = withKey(withKey(withKey(null, 4, 0.4), 2, 0.2), 4.003, 0.5);
  assert.deepEqual(keyed.keys.map(({ at, value }) => [at, value]), [[2, 0.2], [4, 0.5]]);
  assert.equal(keyAt(keyed, 2.005), 0);
  assert.equal(keyAt(keyed, 3), -1);
  assert.deepEqual(changedKey(keyed, 0, { at: 9 }).keys.map(({ at }) => at), [4, 9]);
  const last = withoutKey(/** @type {any} */ (withoutKey(keyed, 0)), 0);
  assert.equal(last, 0.5);
  assert.ok(isKeyed(keyed) && !isDriven(keyed) && !isKeyed(1) && !isKeyed(undefined));
});

test("media have ids from their file's name", () => {
  const made = putMedium(project(), { id: "my-cover", kind: "image", name: "My Cover.png", sha256: "", role: "" });
  assert.equal(freshMediumId(made, "My Cover.jpg"), "my-cover-2");
  assert.equal(freshMediumId(made, "日本.png"), "file");
  assert.equal(putMedium(made, { id: "my-cover", kind: "image", name: "Other.png", sha256: "", role: "" }).media.length, 1);
});

test("undo and redo lead through every state, and a new edit ends redo", () => {
  const first = project();
  const history = new History(first);
  const second = addLayer(first, "bars").project;
  const third = addLayer(second, "text").project;
  assert.ok(history.edit(second, { label: "Add bars" }));
  assert.ok(history.edit(third, { label: "Add text" }));
  assert.ok(!history.edit(third, { label: "Nothing" }));
  assert.equal(history.undoLabel, "Add text");
  assert.ok(history.undo());
  assert.equal(history.project, second);
  assert.equal(history.redoLabel, "Add text");
  assert.ok(history.undo());
  assert.ok(!history.undo());
  assert.equal(history.project, first);
  assert.ok(history.redo());
  assert.ok(history.edit(first, { label: "Other" }));
  assert.ok(!history.redo());
});

test("steps of one gesture are one step, until it is sealed", () => {
  const history = new History(project("bars"));
  const count = (/** @type {number} */ value) => history.edit(setProp(history.project, { layer: "bars", effect: null }, "count", value), { label: "Bars", merge: "count" });
  for (const value of [10, 20, 30]) count(value);
  history.seal();
  count(40);
  assert.equal(propsOf(history.project, { layer: "bars", effect: null }).count, 40);
  history.undo();
  assert.equal(propsOf(history.project, { layer: "bars", effect: null }).count, 30);
  history.undo();
  assert.deepEqual(propsOf(history.project, { layer: "bars", effect: null }), {});
  assert.equal(history.undoLabel, "");
});

test("thousands of edits can all be undone", () => {
  const history = new History(project("bars"));
  for (let at = 0; at < 5000; at++) history.edit(setProp(history.project, { layer: "bars", effect: null }, "count", at), { label: "Bars" });
  let steps = 0;
  while (history.undo()) steps += 1;
  assert.equal(steps, 5000);
});
