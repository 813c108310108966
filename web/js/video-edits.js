/**
 * Edits of a project: each takes one and gives another, never changing the first. What a kind or a value means is not
 * known here; that is Python's (shared/scene).
 * @import {Drive, Effect, Keyframe, Keyframes, Layer, Medium, Project} from "./protocol.js"
 */

/** @typedef {number|string|boolean|Keyframes|Drive} Value */

/**
 * Whose inputs are meant: a layer's, one of its effects', or with `layer` null one of the picture's effects.
 * @typedef {{layer: string|null, effect: number|null}} Target
 */

/** Keyframes this near are one. Half a frame at 60 per second. */
export const SAME_KEY_SECONDS = 1 / 120;

/** @param {Project} project @param {string|null} id @returns {Layer|null} */
export function layerOf(project, id) {
  return project.layers.find((layer) => layer.id === id) ?? null;
}

/** @param {Project} project @param {Partial<Project>} patch @returns {Project} */
export function setProject(project, patch) {
  return { ...project, ...patch };
}

/** @param {Project} project @param {string} id @param {(layer: Layer) => Layer} change @returns {Project} */
export function changeLayer(project, id, change) {
  const layers = project.layers.map((layer) => (layer.id === id ? change(layer) : layer));
  return layers.every((layer, at) => layer === project.layers[at]) ? project : { ...project, layers };
}

/** @param {Project} project @param {string} id @param {Partial<Layer>} patch @returns {Project} */
export function setLayer(project, id, patch) {
  return changeLayer(project, id, (layer) => ({ ...layer, ...patch }));
}

/** A name that no layer has: the kind's, and a number from the second on. @param {Project} project @param {string} kind */
export function freshId(project, kind) {
  const taken = new Set(project.layers.map((layer) => layer.id));
  if (!taken.has(kind)) return kind;
  for (let number = 2; ; number++) if (!taken.has(`${kind}-${number}`)) return `${kind}-${number}`;
}

/**
 * A new layer in front of all, or in front of `above`.
 * @param {Project} project @param {string} kind
 * @param {{above?: string|null, props?: Record<string, Value>, name?: string}} [more]
 * @returns {{project: Project, id: string}}
 */
export function addLayer(project, kind, { above = null, props = {}, name = "" } = {}) {
  const id = freshId(project, kind);
  /** @type {Layer} */
  const layer = { id, kind, name, props, effects: [], visible: true, locked: false, start: null, end: null, enter: null, leave: null };
  return { project: insert(project, layer, above), id };
}

/** @param {Project} project @param {string} id @returns {{project: Project, id: string}} */
export function duplicateLayer(project, id) {
  const layer = layerOf(project, id);
  if (!layer) return { project, id };
  const copy = { ...layer, id: freshId(project, layer.kind), name: layer.name ? `${layer.name} copy` : "" };
  return { project: insert(project, copy, id), id: copy.id };
}

/** @param {Project} project @param {Layer} layer @param {string|null} above @returns {Project} */
function insert(project, layer, above) {
  const at = above === null ? -1 : project.layers.findIndex((each) => each.id === above);
  const layers = [...project.layers];
  layers.splice(at < 0 ? layers.length : at + 1, 0, layer);
  return { ...project, layers };
}

/** @param {Project} project @param {string} id @returns {Project} */
export function removeLayer(project, id) {
  return { ...project, layers: project.layers.filter((layer) => layer.id !== id) };
}

/** @param {Project} project @param {string} id @param {number} to its place from the back, 0 is the backmost @returns {Project} */
export function moveLayer(project, id, to) {
  const from = project.layers.findIndex((layer) => layer.id === id);
  const [layer] = project.layers.slice(from, from + 1);
  const place = Math.min(project.layers.length - 1, Math.max(0, to));
  if (from < 0 || !layer || place === from) return project;
  const layers = project.layers.filter((each) => each.id !== id);
  layers.splice(place, 0, layer);
  return { ...project, layers };
}

/** @param {Project} project @param {string|null} layer null: the picture @returns {ReadonlyArray<Effect>} */
export function effectsOf(project, layer) {
  return layer === null ? project.effects : (layerOf(project, layer)?.effects ?? []);
}

/** @param {Project} project @param {string|null} layer @param {(effects: ReadonlyArray<Effect>) => ReadonlyArray<Effect>} change @returns {Project} */
function changeEffects(project, layer, change) {
  if (layer === null) return { ...project, effects: change(project.effects) };
  return changeLayer(project, layer, (each) => ({ ...each, effects: change(each.effects) }));
}

/** @param {Project} project @param {string|null} layer @param {string} kind @returns {Project} */
export function addEffect(project, layer, kind) {
  return changeEffects(project, layer, (effects) => [...effects, { kind, props: {}, enabled: true }]);
}

/** @param {Project} project @param {string|null} layer @param {number} at @returns {Project} */
export function removeEffect(project, layer, at) {
  return changeEffects(project, layer, (effects) => effects.filter((_, place) => place !== at));
}

/** @param {Project} project @param {string|null} layer @param {number} at @param {number} to @returns {Project} */
export function moveEffect(project, layer, at, to) {
  return changeEffects(project, layer, (effects) => {
    const moved = effects[at];
    if (!moved || to < 0 || to >= effects.length) return effects;
    const others = effects.filter((_, place) => place !== at);
    others.splice(to, 0, moved);
    return others;
  });
}

/** @param {Project} project @param {string|null} layer @param {number} at @param {Partial<Effect>} patch @returns {Project} */
export function setEffect(project, layer, at, patch) {
  return changeEffects(project, layer, (effects) => effects.map((effect, place) => (place === at ? { ...effect, ...patch } : effect)));
}

/** What was set of some inputs; those that are not there have their kind's default. @param {Project} project @param {Target} target @returns {Record<string, Value>} */
export function propsOf(project, { layer, effect }) {
  if (effect !== null) return effectsOf(project, layer)[effect]?.props ?? {};
  return layerOf(project, layer)?.props ?? {};
}

/** @param {Project} project @param {Target} target @param {string} name @param {Value|undefined} value undefined: the default @returns {Project} */
export function setProp(project, target, name, value) {
  const props = { ...propsOf(project, target) };
  if (value === undefined) delete props[name];
  else props[name] = value;
  return setProps(project, target, props);
}

/** @param {Project} project @param {Target} target @param {Record<string, Value>} props @returns {Project} */
export function setProps(project, { layer, effect }, props) {
  if (effect !== null) return setEffect(project, layer, effect, { props });
  return layer === null ? project : setLayer(project, layer, { props });
}

/** @param {Value|undefined} value @returns {value is Keyframes} */
export function isKeyed(value) {
  return typeof value === "object" && value !== null && value.type === "keys";
}

/** @param {Value|undefined} value @returns {value is Drive} */
export function isDriven(value) {
  return typeof value === "object" && value !== null && value.type === "drive";
}

/** @param {Keyframes} keyed @param {number} seconds @returns {number} place of the keyframe there, or -1 */
export function keyAt({ keys }, seconds) {
  return keys.findIndex((key) => Math.abs(key.at - seconds) <= SAME_KEY_SECONDS);
}

/**
 * A keyframe at a time: a new one, or another value for the one that is there.
 * @param {Keyframes|null} keyed @param {number} seconds @param {number|string} value @returns {Keyframes}
 */
export function withKey(keyed, seconds, value) {
  const keys = keyed?.keys ?? [];
  const near = keyed ? keyAt(keyed, seconds) : -1;
  if (near >= 0) return { type: "keys", keys: keys.map((key, at) => (at === near ? { ...key, value } : key)) };
  return { type: "keys", keys: sorted([...keys, { at: seconds, value, ease: "in-out" }]) };
}

/** @param {Keyframes} keyed @param {number} at @returns {Keyframes|number|string} the last keyframe's value when it goes */
export function withoutKey({ keys }, at) {
  const left = keys.filter((_, place) => place !== at);
  return left.length > 0 ? { type: "keys", keys: left } : (keys[at]?.value ?? 0);
}

/** @param {Keyframes} keyed @param {number} at @param {Partial<Keyframe>} patch @returns {Keyframes} */
export function changedKey({ keys }, at, patch) {
  return { type: "keys", keys: sorted(keys.map((key, place) => (place === at ? { ...key, ...patch } : key))) };
}

/** @param {ReadonlyArray<Keyframe>} keys */
function sorted(keys) {
  return [...keys].sort((one, other) => one.at - other.at);
}

/** Stems that drives and layers of a project follow. @param {Project} project @returns {Set<string>} */
export function stemsOf(project) {
  const parts = [...project.effects, ...project.layers.flatMap((layer) => [layer, ...layer.effects])];
  return new Set(parts.flatMap(({ props }) => Object.entries(props).flatMap(([name, value]) => {
    if (isDriven(value)) return value.stem ? [value.stem] : [];
    return name === "stem" && typeof value === "string" && value !== "song" ? [value] : [];
  })));
}

/** @param {Project} project @param {Medium} medium @returns {Project} a medium of the same id is replaced */
export function putMedium(project, medium) {
  return { ...project, media: [...project.media.filter((each) => each.id !== medium.id), medium] };
}

/** @param {Project} project @param {string} base @returns {string} */
export function freshMediumId(project, base) {
  const taken = new Set(project.media.map((each) => each.id));
  const stem = base.toLowerCase().replace(/\.[^.]*$/, "").replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 40) || "file";
  if (!taken.has(stem)) return stem;
  for (let number = 2; ; number++) if (!taken.has(`${stem}-${number}`)) return `${stem}-${number}`;
}
