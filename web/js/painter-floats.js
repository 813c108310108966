/** Floats of an op, read by place: that they are all there was checked when the op was found. */

/** @param {Float32Array} floats @param {number} place */
export function at(floats, place) {
  return /** @type {number} */ (floats[place]);
}

/** @param {Float32Array} floats @returns {[number, number, number, number, number, number, number, number, number, number]} */
export function numbers(floats) {
  return /** @type {[number, number, number, number, number, number, number, number, number, number]} */ (
    /** @type {unknown} */ (floats)
  );
}
