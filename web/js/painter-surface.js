/**
 * What a painter paints on: WebGL on a canvas, memory that is copied to a canvas where there is no WebGL, or memory
 * alone. All are premultiplied RGBA in sRGB without multisampling, since an antialiased path then has the same edges.
 */

import { imageInfo } from "./painter-pictures.js";

/** @typedef {import("canvaskit-wasm").CanvasKit} CanvasKit */
/** @typedef {import("canvaskit-wasm").Surface} Surface */
/**
 * `surface` is painted on; `show` brings what was painted to the canvas; `isLost` from when the graphics context went
 * away on, `isBack` when it has come again and another target can be made of the canvas.
 * @typedef {object} Target
 * @property {Surface} surface
 * @property {boolean} gpu
 * @property {() => boolean} isLost
 * @property {() => boolean} isBack
 * @property {() => void} show
 * @property {() => Uint8Array} pixels premultiplied RGBA, a copy
 * @property {() => void} dispose
 */

/**
 * The best that a canvas gives here. When a graphics context is lost, `isLost` says so; `onRestored` is called when it
 * `isBack`: then dispose of the target, make another and tell the painter (`moveTo`).
 * @param {CanvasKit} ck @param {OffscreenCanvas | HTMLCanvasElement} canvas @param {() => void} [onRestored]
 */
export function canvasTarget(ck, canvas, onRestored) {
  return webglTarget(ck, canvas, onRestored) ?? softwareTarget(ck, canvas);
}

/**
 * Null where WebGL 2 is not to be had. A canvas that had a WebGL context once has no other kind ever after.
 * @param {CanvasKit} ck @param {OffscreenCanvas | HTMLCanvasElement} canvas @param {() => void} [onRestored]
 * @returns {Target | null}
 */
export function webglTarget(ck, canvas, onRestored) {
  const handle = ck.GetWebGLContext(canvas, {
    antialias: 0,
    alpha: 1,
    premultipliedAlpha: 1,
    preserveDrawingBuffer: 0,
    majorVersion: 2,
    enableExtensionsByDefault: 1,
  });
  const gl = /** @type {WebGL2RenderingContext | null} */ (/** @type {OffscreenCanvas} */ (canvas).getContext("webgl2"));
  if (gl) hideMultisampling(gl);
  const context = handle ? ck.MakeWebGLContext(handle) : null;
  const surface = context && ck.MakeOnScreenGLSurface(context, canvas.width, canvas.height, ck.ColorSpace.SRGB);
  if (!context || !surface) {
    context?.delete();
    if (handle) ck.deleteContext(handle);
    return null;
  }
  if (!surface.reportBackendTypeIsGPU()) {
    surface.delete(); // CanvasKit's own fallback, which is not premultiplied
    context.delete();
    return null;
  }
  const away = new AbortController();
  // Without `preventDefault` a lost context never comes back.
  let lost = false;
  const lose = (/** @type {Event} */ event) => {
    event.preventDefault();
    lost = true;
  };
  canvas.addEventListener("webglcontextlost", lose, away);
  canvas.addEventListener("webglcontextrestored", () => onRestored?.(), away);
  return {
    surface,
    gpu: true,
    isLost: () => lost || Boolean(gl?.isContextLost()),
    isBack: () => lost && !gl?.isContextLost(),
    show: () => surface.flush(),
    pixels: () => readAll(ck, surface),
    dispose() {
      away.abort();
      surface.delete();
      context.releaseResourcesAndAbandonContext();
      context.delete();
      ck.deleteContext(handle);
    },
  };
}

/**
 * Skia draws small paths into an atlas with four samples a pixel wherever multisampling is to be had, which gives edges
 * five shades where the server's have 256 (34 dB apart). Told of none, it takes its exact masks for these too.
 * @param {WebGL2RenderingContext} gl
 */
function hideMultisampling(gl) {
  const ask = gl.getParameter.bind(gl);
  gl.getParameter = (name) => (name === gl.MAX_SAMPLES ? 1 : ask(name));
}

/** @param {CanvasKit} ck @param {OffscreenCanvas | HTMLCanvasElement} canvas @returns {Target} */
export function softwareTarget(ck, canvas) {
  const memory = memoryTarget(ck, canvas.width, canvas.height);
  const context = /** @type {OffscreenCanvasRenderingContext2D | null} */ (/** @type {OffscreenCanvas} */ (canvas).getContext("2d"));
  if (!context) throw new Error("Expected a canvas that can be painted on: this one is in use by something else.");
  return {
    ...memory,
    show() {
      const pixels = new Uint8ClampedArray(/** @type {ArrayBuffer} */ (memory.pixels().buffer));
      unpremultiply(pixels);
      context.putImageData(new ImageData(pixels, canvas.width, canvas.height), 0, 0);
    },
  };
}

/** Memory alone. @param {CanvasKit} ck @param {number} width @param {number} height @returns {Target} */
export function memoryTarget(ck, width, height) {
  const pixels = ck.Malloc(Uint8Array, width * height * 4);
  const surface = ck.MakeRasterDirectSurface(imageInfo(ck, width, height), pixels, width * 4);
  if (!surface) throw new Error(`Expected memory for a frame of ${width} x ${height} pixels.`);
  return {
    surface,
    gpu: false,
    isLost: () => false,
    isBack: () => false,
    show: () => surface.flush(),
    pixels() {
      surface.flush();
      return /** @type {Uint8Array} */ (pixels.toTypedArray()).slice();
    },
    dispose() {
      surface.delete();
      ck.Free(pixels);
    },
  };
}

/** @param {CanvasKit} ck @param {Surface} surface */
function readAll(ck, surface) {
  surface.flush();
  const image = surface.makeImageSnapshot();
  const pixels = image.readPixels(0, 0, imageInfo(ck, surface.width(), surface.height()));
  image.delete();
  if (!pixels) throw new Error("Expected the pixels of a frame: the graphics context is lost.");
  return /** @type {Uint8Array} */ (pixels);
}

/** What `putImageData` takes: nothing to do for opaque frames. @param {Uint8ClampedArray} pixels changed in place */
function unpremultiply(pixels) {
  for (let at = 3; at < pixels.length; at += 4) {
    const alpha = /** @type {number} */ (pixels[at]);
    if (alpha === 255 || alpha === 0) continue;
    for (let channel = at - 3; channel < at; channel += 1) {
      pixels[channel] = (/** @type {number} */ (pixels[channel]) * 255) / alpha;
    }
  }
}
