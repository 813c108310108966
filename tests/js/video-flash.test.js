import assert from "node:assert/strict";
import { test } from "node:test";

import { Scope } from "../../web/js/scope.js";
import { FlashCheck, looksAlike, sameFilm } from "../../web/js/video-flash.js";
import { extentText, foundText, limiterText, whatText, whenText } from "../../web/js/video-flash-words.js";

const FILM = /** @type {import("../../web/js/protocol.js").RenderOptions} */ ({ codec: "h264", audio: "aac", width: 1920, height: 1080, fps: 60, quality: "good", alpha: false, startSeconds: 0, seconds: null, loop: false, hardware: true });
const WHITE = /** @type {const} */ ({ startSeconds: 64.2, endSeconds: 67.05, kind: "general", area: 0.634, flashes: 12 });
const FOUND = /** @type {import("../../web/js/protocol.js").FlashesFound} */ ({
  type: "flashesFound", frames: 12000, startSeconds: 0, endSeconds: 200, times: [WHITE, { ...WHITE, kind: "red" }], held: [{ startSeconds: 63, endSeconds: 68, strength: 0.95 }], shown: true,
});

test("the report says when, what, and what the export does about it", () => {
  assert.equal(foundText(FOUND), "It flashes more often than is safe at 2 times.");
  assert.equal(foundText({ ...FOUND, times: [WHITE] }), "It flashes more often than is safe at one time.");
  assert.equal(foundText({ ...FOUND, times: [] }), "No dangerous flashes.");
  assert.equal(whenText(WHITE), "1:04.2 – 1:07.0");
  assert.equal(whatText(WHITE), "up to 12 flashes in a second, over 63\u00a0% of the view");
  assert.equal(whatText({ ...WHITE, kind: "red" }), "up to 12 flashes of saturated red in a second, over 63\u00a0% of the view");
  assert.match(limiterText(FOUND, true), /by up to 95\u00a0%.*until they are safe: the preview shows it so now\.$/);
  assert.match(limiterText({ ...FOUND, shown: false }, true), /the preview shows them as they are, since/);
  assert.match(limiterText({ ...FOUND, times: [] }, true), /holds back what comes close to the limit, by up to 95\u00a0%/);
  assert.equal(limiterText(FOUND, false), "The export leaves them as they are.");
  assert.equal(limiterText({ ...FOUND, times: [], held: [] }, true), "");
  assert.equal(extentText(FOUND, 60), "12,000 pictures were looked at: 0:00 to 3:20 at 60\u00a0fps.");
});

test("what no picture shows makes no other video of it, and no other film what only its file is about", () => {
  const project = /** @type {any} */ ({ name: "A", safeFlashes: true, template: "", layers: [], palette: [], title: "T" });
  assert.ok(looksAlike(project, { ...project, name: "B", safeFlashes: false, template: "default" }));
  assert.ok(!looksAlike(project, { ...project, layers: [] }));
  assert.ok(!looksAlike(project, { ...project, title: "U" }));
  assert.ok(sameFilm(FILM, { ...FILM, width: 3840, height: 2160, codec: "hevc", quality: "best" }));
  for (const change of [{ fps: 30 }, { startSeconds: 1 }, { seconds: 5 }, { alpha: true }, { loop: true }, { width: 1080 }]) assert.ok(!sameFilm(FILM, /** @type {any} */ ({ ...FILM, ...change })));
});

/** A model whose check is answered by hand. */
class Model extends EventTarget {
  project = /** @type {any} */ ({ name: "", layers: [] });
  settled = true;
  /** @type {any[]} */
  asked = [];
  engine = Object.assign(new EventTarget(), {
    touch() {},
    checkFlashes: (/** @type {any} */ film, /** @type {any} */ { signal, onProgress }) =>
      new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        this.asked.push({ film, resolve, reject, onProgress });
      }),
  });

  /** @param {object} change */
  edit(change) {
    const detail = this.project;
    this.project = { ...this.project, ...change };
    this.dispatchEvent(new CustomEvent("project", { detail }));
  }
}

function made() {
  const model = new Model();
  const scope = new Scope();
  /** @type {string[]} */
  const told = [];
  const check = new FlashCheck(/** @type {any} */ (model), async (words, work) => (told.push(words), work((stage) => void told.push(stage))), scope);
  return { model, check, told, scope };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

test("a check tells how far it is; its answer holds until the video is another one, and again when that is undone", async () => {
  const { model, check, told } = made();
  let ended = 0;
  check.addEventListener("done", () => (ended += 1));
  const done = check.run(FILM);
  await turn();
  model.asked[0].onProgress({ stage: "Looking", fraction: 0.5 });
  assert.deepEqual([check.state, check.stage, check.fraction], ["working", "Looking", 0.5]);
  assert.deepEqual(told, ["Looking for flashes", "Looking"]);
  void check.run(FILM); // one at a time
  model.asked[0].resolve(FOUND);
  await done;
  assert.deepEqual([model.asked.length, ended], [1, 1]);
  assert.equal(check.current, FOUND);
  const { layers } = model.project;
  model.edit({ layers: [1] });
  assert.deepEqual([check.state, check.stale, check.current], ["found", true, null]);
  model.edit({ layers });
  assert.equal(check.current, FOUND);
  model.dispatchEvent(new Event("song"));
  assert.ok(check.stale);
});

test("an edit ends a check and says so, a person's cancel says nothing, a worker's death says why", async () => {
  const { model, check, scope } = made();
  const edited = check.run(FILM);
  await turn();
  model.edit({ name: "Not seen" });
  assert.equal(check.state, "working");
  model.edit({ layers: [1] });
  await edited;
  assert.deepEqual([check.state, check.error], ["failed", "The video was changed while it was checked: check it again."]);

  const cancelled = check.run(FILM);
  await turn();
  check.cancel();
  await cancelled;
  assert.deepEqual([check.state, check.error, check.stale], ["none", "", false]);

  const dead = check.run(FILM);
  await turn();
  model.asked[2].reject(new Error("The preview stopped unexpectedly: out of memory"));
  await dead;
  assert.equal(check.error, "The check ended early: The preview stopped unexpectedly: out of memory");

  const closed = check.run(FILM);
  await turn();
  scope.dispose();
  await closed;
  assert.equal(check.state, "none");
});
