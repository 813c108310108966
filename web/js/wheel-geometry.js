/**
 * Shapes of the Camelot wheel: pure functions. The centre is (0, 0), y grows downwards, positions are those of a clock:
 * 0 (and 12) at the top, then clockwise, 30 degrees apart.
 * @import {Key} from "./protocol.js"
 */

/** @typedef {{x: number, y: number}} Point */

/** @typedef {{inner: number, outer: number}} Ring */

export const SECTORS = 12;

/** Inner ring A (minor), outer ring B (major), as printed on every wheel; radii in the wheel's own units. */
export const RINGS = Object.freeze({
  minor: Object.freeze({ inner: 84, outer: 136 }),
  major: Object.freeze({ inner: 141, outer: 196 }),
});

/** Where a key sits on the clock: the number of its Camelot code. @param {Key} key @returns {number} 0-11 */
export function clockPosition(key) {
  return Number.parseInt(key.camelot, 10) % SECTORS;
}

/** @param {number} radius @param {number} degrees clockwise from the top @returns {Point} */
export function polar(radius, degrees) {
  const radians = (degrees * Math.PI) / 180;
  return { x: radius * Math.sin(radians), y: -radius * Math.cos(radians) };
}

/** Middle of a sector. @param {number} position @param {Ring} ring @returns {Point} */
export function sectorCentre(position, ring) {
  return polar((ring.inner + ring.outer) / 2, position * (360 / SECTORS));
}

/**
 * SVG path of one sector. `inset` takes that much off every side, so that gaps between neighbours are equally wide
 * from the rim to the hub: at radius r, a distance d from the edge is an angle of asin(d / r).
 * @param {number} position @param {Ring} ring @param {number} [inset] @returns {string}
 */
export function sectorPath(position, ring, inset = 0) {
  const [inner, outer] = [ring.inner + inset, ring.outer - inset];
  const half = 180 / SECTORS;
  const middle = position * 2 * half;
  const trim = (/** @type {number} */ radius) => (Math.asin(inset / radius) * 180) / Math.PI;
  const corner = (/** @type {number} */ radius, /** @type {1|-1} */ side) => {
    const { x, y } = polar(radius, middle + side * (half - trim(radius)));
    return `${short(x)} ${short(y)}`;
  };
  return `M${corner(outer, -1)}A${outer} ${outer} 0 0 1 ${corner(outer, 1)}L${corner(inner, 1)}A${inner} ${inner} 0 0 0 ${corner(inner, -1)}Z`;
}

/** @param {number} value */
function short(value) {
  return String(Number(value.toFixed(2)) + 0);
}

/**
 * Where an arrow key leads from a place on the wheel: along the ring, or to the other ring. null for other keys.
 * @param {{position: number, mode: "major"|"minor"}} from @param {string} arrow a KeyboardEvent.key
 * @returns {{position: number, mode: "major"|"minor"}|null}
 */
export function neighbourOf({ position, mode }, arrow) {
  switch (arrow) {
    case "ArrowRight": return { position: (position + 1) % SECTORS, mode };
    case "ArrowLeft": return { position: (position + SECTORS - 1) % SECTORS, mode };
    case "ArrowUp": return { position, mode: "major" };
    case "ArrowDown": return { position, mode: "minor" };
    default: return null;
  }
}
