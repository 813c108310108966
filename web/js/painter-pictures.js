/**
 * Pictures from files, by CanvasKit's own decoders, which are skia-python's too, so that their pixels agree: upright as
 * EXIF says, the first frame of an animation, at most 4096 pixels a side.
 */

/** @typedef {import("canvaskit-wasm").CanvasKit} CanvasKit */
/** @typedef {import("canvaskit-wasm").Image} Image */

/** Larger ones are made smaller: WebGL promises no more (4096 is what nearly all devices have at least). */
export const MOST_SIDE = 4096;
/** A 100-megapixel camera's; its pixels are 400 MB while it is made smaller. */
const MOST_PIXELS = 101_000_000;
const MOST_BYTES = 256 * 1024 * 1024;
/** Longer side of the copy that a scene takes colours from. */
const SMALL_SIDE = 160;

/** @param {CanvasKit} ck @param {Uint8Array} bytes @returns {Image} upright, with mipmaps; the caller deletes it */
export function decodePicture(ck, bytes) {
  if (bytes.length > MOST_BYTES) {
    throw new Error(`Expected a picture of at most ${MOST_BYTES >> 20} MiB, got ${bytes.length >> 20} MiB.`);
  }
  const encoded = ck.MakeImageFromEncoded(bytes);
  if (!encoded) {
    throw new Error(
      "Expected a picture in PNG, JPEG, WebP, GIF, BMP or ICO format. The file is not one, or it is broken.",
    );
  }
  try {
    const longer = Math.max(encoded.width(), encoded.height());
    if (encoded.width() * encoded.height() > MOST_PIXELS) {
      throw new Error(
        `Expected a picture of at most ${Math.trunc(MOST_PIXELS / 1e6)} megapixels, got ${encoded.width()} x ` +
          `${encoded.height()}. Make it smaller first.`,
      );
    }
    const image = withMipmaps(decoded(ck, encoded));
    if (longer <= MOST_SIDE) return image;
    const smaller = scaled(ck, image, MOST_SIDE / longer);
    image.delete();
    return withMipmaps(smaller);
  } finally {
    encoded.delete();
  }
}
/**
 * The pixels of an encoded image, in sRGB whatever profile it has. Of a file that is cut off what is there.
 * @param {CanvasKit} ck @param {Image} encoded
 */
function decoded(ck, encoded) {
  const info = imageInfo(ck, encoded.width(), encoded.height());
  const pixels = ck.Malloc(Uint8Array, info.width * info.height * 4);
  try {
    if (!encoded.readPixels(0, 0, info, pixels, info.width * 4)) {
      throw new Error("Expected a picture that can be decoded. The file is broken.");
    }
    const image = ck.MakeImage(info, /** @type {Uint8Array} */ (pixels.toTypedArray()), info.width * 4);
    if (!image) throw new Error(`Expected memory for a picture of ${info.width} x ${info.height} pixels.`);
    return image;
  } finally {
    ck.Free(pixels);
  }
}

/** The same with mipmaps. @param {Image} plain is deleted */
function withMipmaps(plain) {
  const image = plain.makeCopyWithDefaultMipmaps();
  const size = `${plain.width()} x ${plain.height()}`;
  plain.delete();
  if (!image) throw new Error(`Expected memory for a picture of ${size} pixels.`);
  return image;
}

/**
 * Size, and a small copy as RGBA, premultiplied.
 * @param {CanvasKit} ck @param {Image} image with mipmaps
 */
export function pictureFacts(ck, image) {
  const [width, height] = [image.width(), image.height()];
  const copy = scaled(ck, image, Math.min(1, SMALL_SIDE / Math.max(width, height)));
  const pixels = copy.readPixels(0, 0, imageInfo(ck, copy.width(), copy.height()));
  const small = { width: copy.width(), height: copy.height(), pixels: /** @type {Uint8Array} */ (pixels) };
  copy.delete();
  return { width, height, small };
}

/** @param {CanvasKit} ck @param {Image} image with mipmaps @param {number} scale at most 1 */
function scaled(ck, image, scale) {
  const width = Math.max(1, Math.round(image.width() * scale));
  const height = Math.max(1, Math.round(image.height() * scale));
  const pixels = ck.Malloc(Uint8Array, width * height * 4);
  const surface = ck.MakeRasterDirectSurface(imageInfo(ck, width, height), pixels, width * 4);
  if (!surface) throw new Error(`Expected memory for a picture of ${width} x ${height} pixels.`);
  const paint = new ck.Paint();
  paint.setBlendMode(ck.BlendMode.Src);
  const canvas = surface.getCanvas();
  canvas.scale(width / image.width(), height / image.height());
  canvas.drawImageOptions(image, 0, 0, ck.FilterMode.Linear, ck.MipmapMode.Linear, paint);
  surface.flush();
  const copy = surface.makeImageSnapshot();
  paint.delete();
  surface.delete();
  ck.Free(pixels);
  return copy;
}

/**
 * A picture that was computed.
 * @param {CanvasKit} ck @param {{width: number, height: number, mipmaps: boolean}} size
 * @param {Uint8Array} pixels premultiplied RGBA
 */
export function arrayPicture(ck, { width, height, mipmaps }, pixels) {
  if (pixels.length !== width * height * 4) {
    throw new Error(`Expected ${width * height * 4} bytes for a picture of ${width} x ${height}, got ${pixels.length}.`);
  }
  const plain = ck.MakeImage(imageInfo(ck, width, height), pixels, width * 4);
  if (!plain) throw new Error(`Expected memory for a picture of ${width} x ${height} pixels.`);
  return mipmaps ? withMipmaps(plain) : plain;
}

/** @param {CanvasKit} ck @param {number} width @param {number} height */
export function imageInfo(ck, width, height) {
  return {
    width,
    height,
    colorType: ck.ColorType.RGBA_8888,
    alphaType: ck.AlphaType.Premul,
    colorSpace: ck.ColorSpace.SRGB,
  };
}
