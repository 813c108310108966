import assert from "node:assert/strict";
import { test } from "node:test";

import { chooseAudio, filesOfInput, filesOfTransfer, identity, isAudio, isHidden } from "../../web/js/intake-files.js";

const NONE = new Set();

/** @param {string} name @param {boolean} [fromFolder] @param {string} [type] */
function found(name, fromFolder = false, type = "") {
  return { file: new File(["x"], name.slice(name.lastIndexOf("/") + 1), { type, lastModified: 1 }), name, fromFolder };
}

/** @param {string} path @param {any[]|null} [children] a FileSystemEntry as Chromium makes them, 100 children a call */
function entry(path, children = null) {
  const base = { fullPath: path, name: path.slice(path.lastIndexOf("/") + 1), isFile: children === null, isDirectory: children !== null };
  if (children === null) {
    return { ...base, file: (/** @type {(file: File) => void} */ resolve) => resolve(new File(["x"], base.name)) };
  }
  const rest = [...children];
  return { ...base, createReader: () => ({ readEntries: (/** @type {(some: any[]) => void} */ resolve) => resolve(rest.splice(0, 100)) }) };
}

/** @param {any[]} entries @returns {any} */
const transfer = (entries) => ({
  files: [],
  items: entries.map((each) => ({ kind: "file", webkitGetAsEntry: () => each, getAsFile: () => new File(["x"], each.name) })),
});

test("audio is known by its ending or its type; film only when it is asked for by name", () => {
  for (const name of ["a.mp3", "a.M4A", "a.flac", "a.wav", "a.aiff", "a.ogg", "a.opus"]) {
    assert.ok(isAudio({ name, type: "" }, true), name);
  }
  assert.ok(isAudio({ name: "noending", type: "audio/mpeg" }, true));
  assert.ok(isAudio({ name: "clip.mp4", type: "video/mp4" }, false));
  assert.ok(!isAudio({ name: "clip.mp4", type: "video/mp4" }, true));
  assert.ok(!isAudio({ name: "list.m3u", type: "audio/x-mpegurl" }, false));
  assert.ok(!isAudio({ name: "cover.jpg", type: "image/jpeg" }, false));
});

test("files that systems leave behind are hidden at any depth", () => {
  for (const name of [".DS_Store", "set/._a.mp3", "__MACOSX/a.mp3", "set/Thumbs.db", ".git/a.wav"]) assert.ok(isHidden(name), name);
  assert.ok(!isHidden("set/a.mp3"));
});

test("a folder's other files are left out with a count", () => {
  const chosen = chooseAudio([found("set/a.mp3", true), found("set/cover.jpg", true), found("set/.DS_Store", true), found("set/b.mp3", true)], NONE);
  assert.deepEqual(chosen.accepted.map(({ name }) => name), ["set/a.mp3", "set/b.mp3"]);
  assert.equal(chosen.notice, "2 files added, 1 other file left out.");
  assert.equal(chosen.refused, false);
});

test("a single file that is no audio gets its sentence", () => {
  const chosen = chooseAudio([found("notes.pdf")], NONE);
  assert.match(chosen.notice ?? "", /^“notes\.pdf” is not an audio file\. Keylight reads MP3, /);
  assert.equal(chosen.refused, true);
});

test("a folder without audio says so", () => {
  assert.match(chooseAudio([found("set/cover.jpg", true)], NONE).notice ?? "", /^No audio was found there/);
});

test("the same file twice is one track", () => {
  const one = found("a.mp3");
  assert.equal(chooseAudio([one, one], NONE).accepted.length, 1);
  const again = chooseAudio([one], new Set([identity(one.file, one.name)]));
  assert.equal(again.notice, "1 file already in the list.");
  assert.equal(again.refused, true);
});

test("only good files need no words", () => {
  assert.equal(chooseAudio([found("a.mp3"), found("b.mp3")], NONE).notice, null);
});

test("dropped folders are walked whole, in the order of names, past the hundred that one call hands out", async () => {
  const many = Array.from({ length: 250 }, (_, index) => entry(`/set/track ${index + 1}.mp3`));
  const { found: all, unreadable } = await filesOfTransfer(transfer([
    entry("/set", [...many, entry("/set/deep", [entry("/set/deep/x.wav")]), entry("/set/.hidden", [entry("/set/.hidden/y.wav")])]),
    entry("/single.flac"),
  ]));
  assert.equal(unreadable, 0);
  assert.equal(all.length, 252);
  assert.deepEqual(all.slice(0, 3).map(({ name }) => name), ["set/deep/x.wav", "set/track 1.mp3", "set/track 2.mp3"]);
  assert.deepEqual([all.at(-1)?.name, all.at(-1)?.fromFolder], ["single.flac", false]);
});

test("what cannot be read is counted and does not stop the rest", async () => {
  const broken = { ...entry("/set/locked.mp3"), file: (/** @type {any} */ _, /** @type {(e: Error) => void} */ reject) => reject(new Error("no")) };
  const { found: all, unreadable } = await filesOfTransfer(transfer([entry("/set", [broken, entry("/set/open.mp3")])]));
  assert.deepEqual(all.map(({ name }) => name), ["set/open.mp3"]);
  assert.equal(unreadable, 1);
});

test("a picked folder gives paths, sorted as people count", () => {
  const files = ["set/10.mp3", "set/9.mp3"].map((path) => Object.assign(new File(["x"], "n.mp3"), { webkitRelativePath: path }));
  for (const file of files) Object.defineProperty(file, "webkitRelativePath", { value: /** @type {any} */ (file).webkitRelativePath });
  assert.deepEqual(filesOfInput(files).map(({ name }) => name), ["set/9.mp3", "set/10.mp3"]);
});
