/**
 * Effects of a layer or of the whole picture: in order, each with a switch and its inputs.
 * @import {Effect, KindWords} from "./protocol.js"
 * @import {VideoModel} from "./video-model.js"
 */
import { addEffect, effectsOf, moveEffect, removeEffect, setEffect } from "./video-edits.js";
import { iconButton, selectOf } from "./video-parts.js";
import { make } from "./widget-dom.js";

/** Effects that a person has folded up, by layer and place: the inspector is made anew with every choice. @type {Set<string>} */
const folded = new Set();

/** @param {HTMLElement} element @param {{model: VideoModel, makeRows: (kind: KindWords, at: number) => HTMLElement[]}} deps */
export function mountEffects(element, { model, makeRows }) {
  const { layer } = model.selection;
  const effects = effectsOf(model.project, layer);
  const wanted = layer === null ? "picture" : "layer";
  const kinds = (model.tables?.effects ?? []).filter((kind) => kind.scope === "both" || kind.scope === wanted);
  const add = selectOf([["", "Add effect"], ...kinds.map((kind) => /** @type {const} */ ([kind.name, `${kind.label} · ${kind.group}`]))], "", (kind) => {
    if (kind !== "") model.edit("Add effect", (project) => addEffect(project, layer, kind));
  }, "Add effect");
  add.classList.add("effects__add");
  element.replaceChildren(make("div", { class: "effects__head" }, make("h4", { class: "group-box__title" }, "Effects"), add),
    ...effects.map((effect, at) => card(model, effect, at, effects.length, makeRows)));
}

/** @param {VideoModel} model @param {Effect} effect @param {number} at @param {number} count @param {(kind: KindWords, at: number) => HTMLElement[]} makeRows */
function card(model, effect, at, count, makeRows) {
  const { layer } = model.selection;
  const kind = model.effectKind(effect.kind);
  const label = kind?.label ?? effect.kind;
  const edit = (/** @type {string} */ words, /** @type {Parameters<VideoModel["edit"]>[1]} */ change) => model.edit(words, change);
  const tools = make("span", { class: "effect__tools" },
    ...(at > 0 ? [iconButton("up", `${label} earlier`, () => edit("Reorder effects", (project) => moveEffect(project, layer, at, at - 1)))] : []),
    ...(at < count - 1 ? [iconButton("down", `${label} later`, () => edit("Reorder effects", (project) => moveEffect(project, layer, at, at + 1)))] : []),
    iconButton(effect.enabled ? "eye" : "hidden", effect.enabled ? `Switch ${label} off` : `Switch ${label} on`, () =>
      edit(effect.enabled ? "Effect off" : "Effect on", (project) => setEffect(project, layer, at, { enabled: !effect.enabled })), { pressed: effect.enabled }),
    iconButton("trash", `Delete ${label}`, () => edit("Delete effect", (project) => removeEffect(project, layer, at))));
  const key = `${layer}/${at}/${effect.kind}`;
  const rows = kind ? makeRows(kind, at) : [make("p", { class: "prop__note" }, `This Keylight knows no effect “${effect.kind}”.`)];
  const box = make("details", { class: `effect${effect.enabled ? "" : " is-off"}`, open: !folded.has(key) }, make("summary", { class: "effect__head" }, make("span", {}, label), tools), ...rows);
  box.addEventListener("toggle", () => (box.open ? folded.delete(key) : folded.add(key)));
  return box;
}
