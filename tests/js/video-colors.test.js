import assert from "node:assert/strict";
import { test } from "node:test";

import { colorText, readColor } from "../../web/js/video-colors.js";

test("colours are read in every form and written in the shortest", () => {
  for (const text of ["$2", "$0/26", "#ff8000", "#ff800080", "$3/0"]) assert.equal(colorText(readColor(text)), text);
  assert.deepEqual(readColor("#F80"), { place: null, hex: "#ff8800", percent: 100 });
  assert.deepEqual(readColor("#f808"), { place: null, hex: "#ff8800", percent: 53 });
  assert.deepEqual(readColor("nonsense"), { place: null, hex: "#ffffff", percent: 100 });
});
