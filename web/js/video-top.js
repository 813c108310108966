/**
 * The bar over the editor: name, undo and redo, canvas, safe areas, files, export.
 * @import {Scope} from "./scope.js"
 * @import {VideoModel} from "./video-model.js"
 */
import { part } from "./dom.js";
import { setProject } from "./video-edits.js";
import { selectOf } from "./video-parts.js";
import { SAFE_AREAS } from "./video-snap.js";

/** Canvases by name: the shorter side is 1080, as platforms show it. */
export const CANVASES = Object.freeze([
  { name: "16:9", label: "16:9 · wide", width: 1920, height: 1080 },
  { name: "9:16", label: "9:16 · tall", width: 1080, height: 1920 },
  { name: "1:1", label: "1:1 · square", width: 1080, height: 1080 },
  { name: "4:5", label: "4:5 · feed", width: 1080, height: 1350 },
  { name: "4k", label: "16:9 · 4K", width: 3840, height: 2160 },
]);
const RATES = Object.freeze([24, 25, 30, 50, 60]);

/** @typedef {{model: VideoModel, setSafe: (name: string) => void, onCanvas: (size: {width: number, height: number}) => void}} TopDeps */

/** @param {HTMLElement} element @param {TopDeps} deps @param {Scope} scope */
export function mountTop(element, { model, setSafe, onCanvas }, scope) {
  const name = part(element, "video-name", HTMLInputElement);
  const undo = part(element, "video-undo", HTMLButtonElement);
  const redo = part(element, "video-redo", HTMLButtonElement);
  const format = part(element, "video-format", HTMLElement);
  const own = /** @type {const} */ (["", "Own size"]);
  const ratio = selectOf(CANVASES.map((each) => /** @type {const} */ ([each.name, each.label])), "16:9", (value) => {
    const canvas = CANVASES.find((each) => each.name === value);
    if (canvas) onCanvas(canvas);
  }, "Shape of the video");
  const fps = selectOf(RATES.map((rate) => /** @type {const} */ ([String(rate), `${rate} fps`])), "60", (value) =>
    model.edit("Frames per second", (project) => setProject(project, { canvas: { ...project.canvas, fps: /** @type {any} */ (Number(value)) } })), "Frames per second");
  const safe = selectOf(SAFE_AREAS.map((each) => /** @type {const} */ ([each.name, each.label])), "none", setSafe, "Safe area");
  format.replaceChildren(ratio, fps, safe);
  scope.on(undo, "click", () => void model.undo());
  scope.on(redo, "click", () => void model.redo());
  scope.on(name, "input", () => model.edit("Name", (project) => setProject(project, { name: name.value }), "name"));
  scope.on(name, "change", () => model.history.seal());
  scope.on(name, "keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Enter") name.blur();
  });

  const draw = () => {
    const { project, history } = model;
    if (document.activeElement !== name) name.value = project.name;
    name.placeholder = project.title || "Untitled video";
    const canvas = CANVASES.find(({ width, height }) => width === project.canvas.width && height === project.canvas.height);
    const foreign = ratio.querySelector('option[value=""]');
    if (canvas) foreign?.remove();
    else if (!foreign) ratio.append(new Option(`${project.canvas.width} × ${project.canvas.height}`, own[0]));
    ratio.value = canvas?.name ?? "";
    fps.value = String(project.canvas.fps);
    undo.disabled = history.undoLabel === "";
    redo.disabled = history.redoLabel === "";
    undo.title = history.undoLabel ? `Undo: ${history.undoLabel} (Ctrl Z)` : "Nothing to undo";
    redo.title = history.redoLabel ? `Redo: ${history.redoLabel} (Ctrl Shift Z)` : "Nothing to redo";
  };
  scope.on(model, "project", draw);
  draw();
}
