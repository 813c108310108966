// node pictures.mjs FOLDER: decodes each file of a folder as the page does. Beside FILE it writes FILE.page (pixels,
// premultiplied RGBA) and FILE.small (those of the small copy); says sizes and complaints as JSON.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";

import { decodePicture, imageInfo, pictureFacts } from "../../web/js/painter-pictures.js";
import { loadCanvasKit } from "./canvaskit.mjs";

const folder = String(process.argv[2]);
const ck = await loadCanvasKit();
/** @type {Record<string, object>} */
const said = {};
for (const name of readdirSync(folder)) {
  try {
    const image = decodePicture(ck, new Uint8Array(readFileSync(`${folder}/${name}`)));
    const { width, height, small } = pictureFacts(ck, image);
    const pixels = image.readPixels(0, 0, imageInfo(ck, width, height));
    image.delete();
    if (!pixels) throw new Error("no pixels");
    writeFileSync(`${folder}/${name}.page`, pixels);
    writeFileSync(`${folder}/${name}.small`, small.pixels);
    said[name] = { width, height, small: [small.width, small.height] };
  } catch (error) {
    said[name] = { error: error instanceof Error ? error.message : String(error) };
  }
}
console.log(JSON.stringify(said));
