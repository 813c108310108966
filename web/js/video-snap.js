/**
 * Where a dragged layer comes to rest: on the canvas' middle and edges, on other layers, on safe areas. And what parts
 * of the picture each platform covers with its own buttons. Pure; canvas pixels.
 * @import {BoxAt} from "./protocol.js"
 */

/** @typedef {{left: number, top: number, right: number, bottom: number}} Edges */
/** @typedef {{x: number|null, y: number|null}} Guides lines to show, canvas pixels */
/** @typedef {{width: number, height: number}} Size */

/**
 * What a platform leaves free, as shares of the width and height. TikTok, Reels and Shorts: the union of their published
 * margins at 1080 x 1920 (top 220, bottom 420, left 60, right 120). YouTube: title safe, 90 % (EBU R95).
 */
export const SAFE_AREAS = Object.freeze([
  { name: "none", label: "No safe area", left: 0, top: 0, right: 0, bottom: 0 },
  { name: "youtube", label: "YouTube", left: 0.05, top: 0.05, right: 0.05, bottom: 0.05 },
  { name: "shorts", label: "TikTok, Reels, Shorts", left: 60 / 1080, top: 220 / 1920, right: 120 / 1080, bottom: 420 / 1920 },
  { name: "square", label: "Square feed", left: 0.06, top: 0.06, right: 0.06, bottom: 0.06 },
]);

/** @param {string} name @param {Size} canvas @returns {Edges|null} */
export function safeEdges(name, { width, height }) {
  const area = SAFE_AREAS.find((each) => each.name === name);
  if (!area || area.name === "none") return null;
  return { left: area.left * width, top: area.top * height, right: (1 - area.right) * width, bottom: (1 - area.bottom) * height };
}

/** The upright box around a turned one. @param {BoxAt} box @returns {Edges} */
export function edgesOf({ x, y, width, height, scale, rotation }) {
  const [cos, sin] = [Math.abs(Math.cos(rotation)), Math.abs(Math.sin(rotation))];
  const across = (scale * (width * cos + height * sin)) / 2;
  const down = (scale * (width * sin + height * cos)) / 2;
  return { left: x - across, top: y - down, right: x + across, bottom: y + down };
}

/** Corners of a box in order around it. @param {BoxAt} box @returns {Array<{x: number, y: number}>} */
export function cornersOf({ x, y, width, height, scale, rotation }) {
  const [cos, sin] = [Math.cos(rotation), Math.sin(rotation)];
  return [[-1, -1], [1, -1], [1, 1], [-1, 1]].map(([across = 0, down = 0]) => {
    const [dx, dy] = [(across * width * scale) / 2, (down * height * scale) / 2];
    return { x: x + cos * dx - sin * dy, y: y + sin * dx + cos * dy };
  });
}

/** Whether a point lies in a box. @param {BoxAt} box @param {{x: number, y: number}} point @param {number} [slack] */
export function isInside({ x, y, width, height, scale, rotation }, point, slack = 0) {
  const [cos, sin] = [Math.cos(rotation), Math.sin(rotation)];
  const [dx, dy] = [point.x - x, point.y - y];
  const [across, down] = [cos * dx + sin * dy, -sin * dx + cos * dy];
  return Math.abs(across) <= (width * scale) / 2 + slack && Math.abs(down) <= (height * scale) / 2 + slack;
}

/**
 * How far a box must still go to rest on a line, at most `reach`; the nearest line of each direction wins.
 * @param {Edges} moved @param {{canvas: Size, others: ReadonlyArray<Edges>, safe: Edges|null, reach: number}} among
 * @returns {{dx: number, dy: number, guides: Guides}}
 */
export function snap(moved, { canvas, others, safe, reach }) {
  const frames = [{ left: 0, top: 0, right: canvas.width, bottom: canvas.height }, ...(safe ? [safe] : []), ...others];
  const across = nearest(lines(moved.left, moved.right), frames.flatMap(({ left, right }) => lines(left, right)), reach);
  const down = nearest(lines(moved.top, moved.bottom), frames.flatMap(({ top, bottom }) => lines(top, bottom)), reach);
  return { dx: across.by, dy: down.by, guides: { x: across.line, y: down.line } };
}

/** @param {number} low @param {number} high */
function lines(low, high) {
  return [(low + high) / 2, low, high];
}

/** @param {number[]} own @param {number[]} targets @param {number} reach @returns {{by: number, line: number|null}} */
function nearest(own, targets, reach) {
  /** @type {{by: number, line: number|null}} */
  let best = { by: 0, line: null };
  let least = reach;
  for (const place of own) {
    for (const line of targets) {
      const away = Math.abs(line - place);
      if (away < least - 1e-9) {
        least = away;
        best = { by: line - place, line };
      }
    }
  }
  return best;
}

/** Angles rest on multiples of 15 degrees when they come within 3. @param {number} degrees @returns {number} */
export function snapAngle(degrees) {
  const near = Math.round(degrees / 15) * 15;
  return Math.abs(near - degrees) <= 3 ? near : Math.round(degrees * 10) / 10;
}
