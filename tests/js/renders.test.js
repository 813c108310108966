import assert from "node:assert/strict";
import { test } from "node:test";

import { percentText } from "../../web/js/labels.js";
import { filmState, filmText, leavesText } from "../../web/js/renders-words.js";
import { formOf } from "../../web/js/renders.js";
import { newSeparation } from "../../web/js/stems-store.js";

const FEATURES = new Uint8Array([75, 76, 70]);

function ordered(features = FEATURES) {
  const media = [{ id: "cover", name: "Front.png" }, { id: "lost", name: "Lost.png" }, { id: "film", name: "" }];
  const song = { features, file: new Blob(["tune"]), name: "Night Drive.flac", title: "Night Drive" };
  return /** @type {any} */ ({ project: { media }, song, files: new Map([["cover", new Blob(["c"])], ["film", new Blob(["f"])]]) });
}

const names = (/** @type {FormData} */ form) => [...form.keys()];

test("an order's parts stand as the server reads them; media that are not here are left out, places stay", async () => {
  const form = formOf(/** @type {any} */ ({ film: { audio: "aac" } }), ordered());
  assert.deepEqual(names(form), ["options", "project", "features", "medium-000", "medium-002", "file"]);
  assert.equal(/** @type {File} */ (form.get("file")).name, "Night Drive.flac");
  assert.deepEqual(new Uint8Array(await /** @type {File} */ (form.get("features")).arrayBuffer()), FEATURES);
});

test("a film without sound needs no song, but for the server to hear where the features are not there", () => {
  const silent = /** @type {any} */ ({ film: { audio: "none" } });
  assert.ok(!names(formOf(silent, ordered())).includes("file"));
  assert.ok(names(formOf(silent, ordered(/** @type {any} */ (null)))).includes("file"));
  assert.ok(!names(formOf(silent, ordered(/** @type {any} */ (null)))).includes("features"));
});

test("states are said in words", () => {
  const entry = (/** @type {object} */ more) => filmState(newSeparation(/** @type {any} */ ({ place: "server", ...more })));
  assert.equal(entry({ state: "queued", queuePosition: 3 }), "Number 3 in the queue");
  assert.equal(entry({ state: "running", stage: "looking", fraction: 0.4 }), `Looking for flashes · ${percentText(0.4)}`);
  assert.equal(entry({ state: "running", stage: "drawing", fraction: 0.5, secondsLeft: 240 }), `Drawing · ${percentText(0.5)} · about 4 min left`);
  assert.equal(entry({ state: "failed", error: "The picture of “Cover” cannot be read." }), "The picture of “Cover” cannot be read.");
});

test("what is made and what leaves the device is said in a sentence", () => {
  const film = /** @type {any} */ ({ codec: "vp9", width: 1280, height: 720, fps: 30, audio: "none" });
  assert.equal(filmText(film, 120), "VP9, 1280 × 720, 30 fps, no sound, 2 min.");
  assert.match(leavesText(7200), /deletes them and the film after 2 h\.$/);
});
