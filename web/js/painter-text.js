/** Texts laid out and rasterised by the rules of `shared/scene/lettering.py`, which the server's painter follows too. */

import { textMargin, textScale } from "./scene-ops.js";

/** @typedef {import("canvaskit-wasm").CanvasKit} CanvasKit */
/** @typedef {import("canvaskit-wasm").Paragraph} Paragraph */
/** @typedef {import("./painter-fonts.js").FontBook} FontBook */
/** @typedef {import("./painter-fonts.js").Face} Face */
/**
 * A text's entry of the resource table with its plan: `painter_entry` of `shared/scene/lettering.py`.
 * @typedef {{text: string, weight: number, italic: boolean, size: number, width: number,
 *   align: "left" | "center" | "right", spacing: number, lineHeight: number, stroke: number, blur: number,
 *   maxLines: number, plan: {text: string, faces: Face[], locale: string}}} TextEntry
 */
/** @typedef {{width: number, height: number, lines: number}} TextSize */

const ELLIPSIS = "\u2026";

/**
 * The text in a box; the caller deletes the paragraph.
 * @param {CanvasKit} ck @param {FontBook} fonts @param {TextEntry} entry
 * @returns {TextSize & {paragraph: Paragraph}}
 */
export function layOut(ck, fonts, entry) {
  const line = withParagraph(ck, fonts, entry, "x", (one) => one.getHeight());
  const linesOf = (/** @type {Paragraph} */ one) => Math.round(one.getHeight() / line);
  let text = entry.plan.text;
  if (entry.maxLines > 0) {
    const fits = (/** @type {string} */ part) =>
      withParagraph(ck, fonts, entry, part, (one) => linesOf(one) <= entry.maxLines);
    if (!fits(text)) text = longestThatFits(text, fits);
  }
  const paragraph = paragraphOf(ck, fonts, entry, text);
  const width = Math.max(0, paragraph.getLongestLine());
  return { paragraph, width, height: paragraph.getHeight(), lines: linesOf(paragraph) };
}

/** @param {string} text @param {(part: string) => boolean} fits */
function longestThatFits(text, fits) {
  const letters = Array.from(text); // code points, as Python counts
  const cut = (/** @type {number} */ count) => letters.slice(0, count).join("").trimEnd() + ELLIPSIS;
  let least = 0;
  let most = letters.length;
  while (most - least > 1) {
    const middle = (least + most) >> 1;
    if (fits(cut(middle))) least = middle;
    else most = middle;
  }
  return cut(least);
}

/**
 * The text as a picture: white, with mipmaps, `scale` pixels for a canvas pixel, its box `margin` canvas pixels from
 * the picture's edge.
 * @param {CanvasKit} ck @param {FontBook} fonts @param {TextEntry} entry @param {number} targetScale
 */
export function rasterText(ck, fonts, entry, targetScale) {
  const { paragraph, height } = layOut(ck, fonts, entry);
  try {
    const margin = textMargin(entry.size, entry.stroke, entry.blur);
    const full = { width: entry.width + 2 * margin, height: height + 2 * margin };
    const scale = textScale(targetScale, full.width, full.height);
    const side = (/** @type {number} */ length) => Math.max(1, Math.ceil(length * scale));
    const image = picture(ck, side(full.width), side(full.height), (canvas) => {
      canvas.scale(scale, scale);
      const blurred = entry.blur > 0 ? blurLayer(ck, canvas, entry.blur) : false;
      canvas.drawParagraph(paragraph, margin, margin);
      if (blurred) canvas.restore();
    });
    return { image, scale, margin, width: entry.width, height };
  } finally {
    paragraph.delete();
  }
}

/** @param {CanvasKit} ck @param {import("canvaskit-wasm").Canvas} canvas @param {number} sigma */
function blurLayer(ck, canvas, sigma) {
  const paint = new ck.Paint();
  const filter = ck.ImageFilter.MakeBlur(sigma, sigma, ck.TileMode.Decal, null);
  paint.setImageFilter(filter);
  canvas.saveLayer(paint);
  filter.delete();
  paint.delete();
  return true;
}

/**
 * What is drawn on the CPU, as an image with mipmaps.
 * @param {CanvasKit} ck @param {number} width @param {number} height
 * @param {(canvas: import("canvaskit-wasm").Canvas) => void} draw
 */
function picture(ck, width, height, draw) {
  const pixels = ck.Malloc(Uint8Array, width * height * 4);
  try {
    const alphaType = ck.AlphaType.Premul;
    const info = { width, height, colorType: ck.ColorType.RGBA_8888, alphaType, colorSpace: ck.ColorSpace.SRGB };
    const surface = ck.MakeRasterDirectSurface(info, pixels, width * 4);
    if (!surface) throw new Error(`Expected memory for a text of ${width} x ${height} pixels.`);
    surface.getCanvas().clear(ck.TRANSPARENT);
    draw(surface.getCanvas());
    surface.flush();
    const plain = surface.makeImageSnapshot();
    const image = plain.makeCopyWithDefaultMipmaps();
    plain.delete();
    surface.delete();
    return image;
  } finally {
    ck.Free(pixels);
  }
}

/**
 * @template T
 * @param {CanvasKit} ck @param {FontBook} fonts @param {TextEntry} entry @param {string} text
 * @param {(paragraph: Paragraph) => T} use
 */
function withParagraph(ck, fonts, entry, text, use) {
  const paragraph = paragraphOf(ck, fonts, entry, text);
  const answer = use(paragraph);
  paragraph.delete();
  return answer;
}

/** @param {CanvasKit} ck @param {FontBook} fonts @param {TextEntry} entry @param {string} text */
function paragraphOf(ck, fonts, entry, text) {
  const fontFamilies = fonts.families(entry.plan.faces);
  const lines = entry.lineHeight > 0 ? { heightMultiplier: entry.lineHeight, halfLeading: true } : {};
  const textStyle = {
    fontFamilies,
    fontSize: entry.size,
    fontStyle: { weight: weight(entry.weight), slant: entry.italic ? ck.FontSlant.Italic : ck.FontSlant.Upright },
    letterSpacing: entry.spacing * entry.size,
    locale: entry.plan.locale,
    color: ck.WHITE,
    ...lines,
  };
  const strutStyle = {
    strutEnabled: true,
    forceStrutHeight: true,
    fontFamilies: fontFamilies.slice(0, 1),
    fontStyle: textStyle.fontStyle,
    fontSize: entry.size,
    leading: 0,
    ...lines,
  };
  const align = { left: ck.TextAlign.Left, center: ck.TextAlign.Center, right: ck.TextAlign.Right }[entry.align];
  const style = new ck.ParagraphStyle({ textStyle, strutStyle, textAlign: align });
  const builder = ck.ParagraphBuilder.MakeFromFontProvider(style, fonts.provider);
  const [ink, ground] = [inkOf(ck, entry.stroke), new ck.Paint()];
  ground.setColor(ck.TRANSPARENT);
  builder.pushPaintStyle(new ck.TextStyle(textStyle), ink, ground);
  builder.addText(text);
  const paragraph = builder.build();
  for (const spent of [builder, ink, ground]) spent.delete();
  paragraph.layout(entry.width);
  return paragraph;
}

/** CanvasKit's enums are objects that carry a number; any weight will do. @param {number} value */
function weight(value) {
  return /** @type {import("canvaskit-wasm").FontWeight} */ ({ value });
}

/** @param {CanvasKit} ck @param {number} stroke */
function inkOf(ck, stroke) {
  const ink = new ck.Paint();
  ink.setColor(ck.WHITE);
  ink.setAntiAlias(true);
  if (stroke > 0) {
    ink.setStyle(ck.PaintStyle.Stroke);
    ink.setStrokeWidth(stroke);
    ink.setStrokeJoin(ck.StrokeJoin.Round);
  }
  return ink;
}
