// Gives a painter the resources of a bundle (tests/parity/page.py); in Node and in a browser's worker alike.

/** @typedef {import("canvaskit-wasm").CanvasKit} CanvasKit */
/**
 * @typedef {{canvas: [number, number], entries: any[], arrays: number[], picture: string, film: [number, number, number],
 *   lengths: number[]}} Bundle
 */

/**
 * @param {CanvasKit} ck @param {import("../../web/js/painter-fonts.js").FontBook} fonts
 * @param {import("../../web/js/painter.js").Painter} painter @param {Bundle} bundle
 * @param {(name: string) => Promise<Uint8Array>} read a file of the bundle
 * @returns {Promise<Float32Array[]>} the lists
 */
export async function dress(ck, fonts, painter, bundle, read) {
  await fonts.load(bundle.entries.flatMap((entry) => (entry.plan?.faces ?? []).map((/** @type {any} */ face) => face.file)));
  const pixels = new Map();
  for (const number of bundle.arrays) pixels.set(number, await read(`array-${number}.rgba`));
  painter.addResources(bundle.entries, pixels);
  painter.setMedia(bundle.picture, await read("picture.png"));
  const [width, height, count] = bundle.film;
  const { ColorType, AlphaType, ColorSpace } = ck;
  const info = { width, height, colorType: ColorType.RGBA_8888, alphaType: AlphaType.Premul, colorSpace: ColorSpace.SRGB };
  /** @type {(import("canvaskit-wasm").Image | null)[]} */
  const frames = [];
  for (let number = 0; number < count; number += 1) frames.push(ck.MakeImage(info, await read(`film-${number}.rgba`), width * 4));
  painter.setFilms({ frame: (_, number) => frames[number] ?? null });
  const bytes = await read("lists.f32");
  const floats = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  let end = 0;
  return bundle.lengths.map((length) => floats.subarray(end, (end += length)));
}
