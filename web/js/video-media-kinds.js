/** What files for a video are, and which frame of a film a time means. Pure. */

/** @typedef {"image"|"video"|"font"} MediumKind */

/** What the file picker offers. @type {Readonly<Record<MediumKind, string>>} */
export const ACCEPT = Object.freeze({ image: "image/*", video: "video/*,.mp4,.mov,.webm,.mkv", font: ".ttf,.otf,.woff" });

/** @param {{name: string, type: string}} file @returns {MediumKind|null} null: nothing that a picture is made of */
export function kindOf({ name, type }) {
  if (/\.(ttf|otf|woff)$/i.test(name)) return "font";
  if (type.startsWith("image/") || /\.(png|jpe?g|webp|gif|bmp)$/i.test(name)) return "image";
  return type.startsWith("video/") || /\.(mp4|m4v|mov|webm|mkv)$/i.test(name) ? "video" : null;
}

/** Place of the value nearest to `seconds`. @param {Float64Array} times ascending @param {number} seconds @returns {number} */
export function nearest(times, seconds) {
  let [low, high] = [0, times.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < seconds) low = middle + 1;
    else high = middle;
  }
  const before = times[low - 1];
  return before !== undefined && seconds - before < (times[low] ?? Infinity) - seconds ? low - 1 : low;
}
