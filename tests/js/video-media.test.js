import assert from "node:assert/strict";
import { test } from "node:test";

import { kindOf, nearest } from "../../web/js/video-media-kinds.js";

test("files are told apart by type and ending", () => {
  const kinds = [["a.PNG", ""], ["b", "image/webp"], ["c.mov", ""], ["d", "video/mp4"], ["e.woff", "font/woff"], ["f.mp3", "audio/mpeg"], ["g.txt", "text/plain"]];
  assert.deepEqual(kinds.map(([name = "", type = ""]) => kindOf({ name, type })), ["image", "image", "video", "video", "font", null, null]);
});

test("a film's frame is found by its time, whatever the clock's rounding", () => {
  const times = Float64Array.of(0, 0.04, 0.08, 0.2);
  assert.deepEqual([-1, 0, 0.0399999, 0.0405, 0.1, 0.15, 99].map((at) => nearest(times, at)), [0, 0, 1, 1, 2, 3, 3]);
});
