/** Colours as a project writes them: `$n` or `$n/60`, a place of the palette, or `#rrggbb` and `#rrggbbaa`. Pure. */

/** place: of the palette, null for a colour of its own, then `hex` is `#rrggbb`. percent: opacity. @typedef {{place: number|null, hex: string, percent: number}} ColorParts */

/** @param {string} text @returns {ColorParts} what is no colour is white */
export function readColor(text) {
  const place = /^\$(\d+)(?:\/(\d+))?$/.exec(text);
  if (place) return { place: Number(place[1]), hex: "", percent: Math.min(100, Number(place[2] ?? 100)) };
  const digits = /^#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i.exec(text)?.[1] ?? "ffffff";
  const long = digits.length < 6 ? [...digits].map((digit) => digit + digit).join("") : digits;
  const percent = long.length === 8 ? Math.round((100 * parseInt(long.slice(6), 16)) / 255) : 100;
  return { place: null, hex: `#${long.slice(0, 6).toLowerCase()}`, percent };
}

/** @param {ColorParts} parts */
export function colorText({ place, hex, percent }) {
  if (place !== null) return percent < 100 ? `$${place}/${percent}` : `$${place}`;
  return percent < 100 ? hex + Math.round((percent * 255) / 100).toString(16).padStart(2, "0") : hex;
}
