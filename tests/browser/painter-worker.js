// @ts-nocheck: imported under the test server's own paths.
/** What the painter's tests run in a module worker: CanvasKit on an OffscreenCanvas, as the editor has it. */

import { dress } from "/tests/parity/dress.mjs";
import { paintScene } from "/tests/parity/scenes.mjs";
import { FontBook } from "/web/js/painter-fonts.js";
import { canvasTarget, softwareTarget, webglTarget } from "/web/js/painter-surface.js";
import { Painter } from "/web/js/painter.js";

const KINDS = { webgl: webglTarget, software: softwareTarget, best: canvasTarget };
const fetched = async (url) => {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.arrayBuffer();
};
const read = async (name) => new Uint8Array(await fetched(`/bundle/${name}`));
const readJson = async (name) => JSON.parse(new TextDecoder().decode(await read(name)));
let stage;
let kit;

const opened = async (canvaskit) => {
  const { default: init } = await import(`${canvaskit}canvaskit.js`);
  const ck = await init({ locateFile: (file) => canvaskit + file });
  return { ck, fonts: new FontBook(ck, (file) => fetched(`/.assets/${file}`)) };
};

const asked = {
  async open({ canvaskit, kind, width, height }) {
    const { ck, fonts } = await opened(canvaskit);
    const canvas = new OffscreenCanvas(width, height);
    const bundle = await readJson("bundle.json");
    const sizes = { width, height, canvasWidth: bundle.canvas[0], canvasHeight: bundle.canvas[1] };
    const restored = Promise.withResolvers();
    const target = KINDS[kind](ck, canvas, restored.resolve);
    if (!target) return { gpu: null };
    const painter = new Painter(ck, target.surface, sizes, fonts);
    const lists = await dress(ck, fonts, painter, bundle, read);
    stage = { ck, canvas, kind, sizes, target, painter, lists, restored };
    return { gpu: target.gpu, lists: lists.length };
  },

  /** All frames of a scene by its name, one after the other. */
  async scene({ canvaskit, kind, template }) {
    kit ??= { ...(await opened(canvaskit)), scenes: await readJson("scenes.json"), targets: new Map() };
    const { ck, fonts, scenes, targets } = kit;
    const scene = scenes.find((one) => one.name === template);
    const size = scene.size.join("x"); // a target for each: browsers lend a page few graphics contexts
    if (!targets.has(size)) targets.set(size, KINDS[kind](ck, new OffscreenCanvas(...scene.size)));
    const target = targets.get(size);
    return { gpu: target.gpu, frames: (await paintScene(ck, fonts, target, scene, read)).map(base64) };
  },

  play({ number }) {
    stage.painter.play(stage.lists[number]);
    return base64(stage.target.pixels());
  },

  /** What is seen on the canvas after `show`. */
  async shown({ number }) {
    stage.painter.play(stage.lists[number]);
    stage.target.show();
    const { width, height } = stage.canvas;
    const bitmap = stage.canvas.transferToImageBitmap();
    const context = new OffscreenCanvas(width, height).getContext("2d");
    context.drawImage(bitmap, 0, 0);
    return base64(context.getImageData(0, 0, width, height).data);
  },

  /** Lose the graphics context, get it back, and go on with another target. */
  async lose() {
    const gl = stage.canvas.getContext("webgl2");
    const extension = gl.getExtension("WEBGL_lose_context");
    extension.loseContext();
    await new Promise((done) => setTimeout(done, 50));
    const wasLost = stage.target.isLost();
    extension.restoreContext();
    await stage.restored.promise;
    const isBack = stage.target.isLost() && stage.target.isBack();
    stage.target.dispose();
    stage.target = KINDS[stage.kind](stage.ck, stage.canvas);
    stage.painter.moveTo(stage.target.surface, stage.sizes);
    return { wasLost, isBack, isLost: stage.target.isLost() };
  },

  /** Frames of films as ImageBitmaps and as pictures of CanvasKit: the pixels of both. */
  async film({ number }) {
    const answers = [];
    const { ck, painter, target, lists } = stage;
    const size = [2, 2];
    const rgba = new Uint8ClampedArray([255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 90, 90, 90, 255]);
    const bitmap = await createImageBitmap(new ImageData(rgba, ...size));
    painter.setFilms({ frame: () => bitmap });
    painter.play(lists[number]);
    answers.push(base64(target.pixels()));
    return answers;
  },
};

onmessage = async ({ data: { id, name, options } }) => {
  try {
    postMessage({ id, answer: await asked[name](options) });
  } catch (error) {
    postMessage({ id, error: `${error.name}: ${error.message}` });
  }
};

function base64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return btoa(text);
}
