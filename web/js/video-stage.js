/**
 * The picture on the page: fitted to its room, and over it the box of the chosen layer to move, scale and turn, with
 * lines where it snaps and the areas that platforms cover.
 * @import {BoxAt} from "./protocol.js"
 * @import {Scope} from "./scope.js"
 * @import {Value} from "./video-edits.js"
 * @import {Guides} from "./video-snap.js"
 * @import {VideoModel} from "./video-model.js"
 */
import { isDriven, isKeyed, layerOf, propsOf, setProps, withKey } from "./video-edits.js";
import { follow } from "./video-parts.js";
import { cornersOf, edgesOf, isInside, safeEdges, snap, snapAngle } from "./video-snap.js";
import { makeSvg } from "./widget-dom.js";

/** @typedef {{model: VideoModel, seconds: () => number, playing: () => boolean, say: (text: string) => void}} StageDeps */

/** Things snap when they come this near, CSS pixels. */
const REACH_PIXELS = 7;
const HANDLE_PIXELS = 6;
const TURN_PIXELS = 26;
/** What covers this share of the canvas is taken for its background: other layers are chosen first. */
const BACKGROUND_SHARE = 0.9;
const BOXES_MILLISECONDS = 80;
const MOST_RATIO = 2;

/** @param {HTMLElement} room @param {HTMLElement} frame holds the canvas @param {StageDeps} deps @param {Scope} scope */
export function mountStage(room, frame, deps, scope) {
  return new Stage(room, frame, deps, scope);
}

class Stage {
  #room;
  #frame;
  #deps;
  #overlay = makeSvg("svg", { class: "stage__overlay", tabindex: 0, role: "application", "aria-label": "Picture: arrow keys move the chosen layer, Tab chooses the next" });
  /** @type {ReadonlyArray<BoxAt>} */
  #boxes = [];
  #asking = false;
  #dragging = false;
  #safe = "none";
  /** @type {Guides} */
  #guides = { x: null, y: null };

  /** @param {HTMLElement} room @param {HTMLElement} frame @param {StageDeps} deps @param {Scope} scope */
  constructor(room, frame, deps, scope) {
    this.#room = room;
    this.#frame = frame;
    this.#deps = deps;
    const { model } = deps;
    frame.append(this.#overlay);
    const watcher = new ResizeObserver(() => this.fit());
    watcher.observe(room);
    scope.add(() => watcher.disconnect());
    scope.on(model, "project", ({ detail: before }) => {
      if (before.canvas !== model.project.canvas) this.fit();
    });
    scope.on(model, "selection", () => void this.ask());
    scope.on(model, "sent", () => void this.ask());
    scope.on(model.engine, "painted", () => void this.ask());
    const timer = setInterval(() => {
      if (deps.playing()) void this.ask();
    }, BOXES_MILLISECONDS);
    scope.add(() => clearInterval(timer));
    scope.on(this.#overlay, "pointerdown", (event) => this.#press(event));
    scope.on(this.#overlay, "pointermove", (event) => this.#hover(event));
    scope.on(this.#overlay, "keydown", (event) => this.#key(event));
    this.fit();
  }

  /** @param {string} name of `SAFE_AREAS` */
  setSafe(name) {
    this.#safe = name;
    this.#draw();
  }

  /** The picture as large as the room allows. */
  fit() {
    const { width, height } = this.#deps.model.project.canvas;
    const room = { width: this.#room.clientWidth - 2, height: this.#room.clientHeight - 2 };
    if (room.width < 10 || room.height < 10) return;
    const scale = Math.min(room.width / width, room.height / height);
    this.#frame.style.width = `${Math.floor(width * scale)}px`;
    this.#frame.style.height = `${Math.floor(height * scale)}px`;
    this.#overlay.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const ratio = Math.min(MOST_RATIO, devicePixelRatio || 1);
    const share = Math.min(1, scale * ratio);
    this.#deps.model.engine.resize(Math.max(2, Math.round(width * share)), Math.max(2, Math.round(height * share)));
    this.#draw();
  }

  /** Canvas pixels of a CSS pixel. */
  get #pixel() {
    return this.#deps.model.project.canvas.width / Math.max(1, this.#frame.clientWidth);
  }

  /** Where the layers are now. */
  async ask() {
    const { model, seconds } = this.#deps;
    if (this.#asking || this.#dragging || !model.settled) return;
    this.#asking = true;
    const asked = model.project;
    try {
      const { value } = await model.engine.ask({ type: "getBoxes", t: seconds() });
      // An answer to a project that was is worth nothing; the next one comes with "sent".
      if (this.#dragging || asked !== model.project) return;
      this.#boxes = value.boxes;
      this.#draw();
    } catch {
      // The preview says by itself what is wrong.
    } finally {
      this.#asking = false;
    }
  }

  /** @returns {BoxAt|null} */
  get #chosen() {
    const id = this.#deps.model.selection.layer;
    return this.#boxes.find((box) => box.layer === id) ?? null;
  }

  #draw() {
    const { model } = this.#deps;
    const { width, height } = model.project.canvas;
    const pixel = this.#pixel;
    /** @type {SVGElement[]} */
    const shapes = [];
    const safe = safeEdges(this.#safe, { width, height });
    if (safe) {
      shapes.push(makeSvg("path", { class: "stage__unsafe", "fill-rule": "evenodd",
        d: `M0 0H${width}V${height}H0ZM${safe.left} ${safe.top}H${safe.right}V${safe.bottom}H${safe.left}Z` }));
    }
    const box = this.#chosen;
    if (box && !(model.selected?.locked ?? false)) shapes.push(...this.#handles(box, pixel));
    else if (box) shapes.push(outline(box, "stage__box is-locked"));
    const { x, y } = this.#guides;
    if (x !== null) shapes.push(makeSvg("line", { class: "stage__guide", x1: x, x2: x, y1: 0, y2: height }));
    if (y !== null) shapes.push(makeSvg("line", { class: "stage__guide", x1: 0, x2: width, y1: y, y2: y }));
    this.#overlay.replaceChildren(...shapes);
  }

  /** @param {BoxAt} box @param {number} pixel */
  #handles(box, pixel) {
    const corners = cornersOf(box);
    const size = HANDLE_PIXELS * pixel;
    const turn = turnHandle(box, pixel);
    const top = middle(corners[0], corners[1]);
    return [
      outline(box, "stage__box"),
      makeSvg("line", { class: "stage__stem", x1: top.x, y1: top.y, x2: turn.x, y2: turn.y }),
      makeSvg("circle", { class: "stage__handle stage__turn", cx: turn.x, cy: turn.y, r: size, "data-handle": "turn" }),
      ...corners.map(({ x, y }) => makeSvg("rect", { class: "stage__handle", x: x - size, y: y - size, width: 2 * size, height: 2 * size, rx: size / 2, "data-handle": "scale" })),
    ];
  }

  /** Canvas pixels of an event. @param {PointerEvent} event */
  #point(event) {
    const frame = this.#overlay.getBoundingClientRect();
    const pixel = this.#pixel;
    return { x: (event.clientX - frame.left) * pixel, y: (event.clientY - frame.top) * pixel };
  }

  /** The layer at a point: the frontmost, backgrounds last; what is chosen wins over what it hides. @param {{x: number, y: number}} point */
  #hit(point) {
    const { width, height } = this.#deps.model.project.canvas;
    const open = this.#boxes.filter((box) => !(layerOf(this.#deps.model.project, box.layer)?.locked ?? true) && isInside(box, point, 4 * this.#pixel)).reverse();
    const isBackground = (/** @type {BoxAt} */ { width: across, height: down, scale }) => across * down * scale * scale >= BACKGROUND_SHARE * width * height;
    return open.find((box) => !isBackground(box)) ?? open[0] ?? null;
  }

  /** @param {PointerEvent} event */
  #hover(event) {
    if (this.#dragging || event.pointerType === "touch") return;
    const handle = event.target instanceof Element ? event.target.getAttribute("data-handle") : null;
    const point = this.#point(event);
    this.#overlay.style.cursor = handle === "turn" ? "grab" : handle === "scale" ? "nwse-resize" : this.#hit(point) ? "move" : "default";
  }

  /** @param {PointerEvent} event */
  #press(event) {
    if (event.button !== 0) return;
    const { model } = this.#deps;
    const point = this.#point(event);
    const handle = event.target instanceof Element ? event.target.getAttribute("data-handle") : null;
    const chosen = this.#chosen;
    if (handle && chosen) return this.#drag(event, chosen, handle === "turn" ? turning(chosen, point) : scaling(chosen, point), handle === "turn" ? ["rotation"] : ["scale"]);
    const hit = chosen && !model.selected?.locked && isInside(chosen, point) && !this.#hitsAnother(point, chosen) ? chosen : this.#hit(point);
    model.select(hit?.layer ?? null);
    if (!hit) return;
    const from = this.#asSet(hit);
    this.#drag(event, from, (to) => this.#moved(from, { x: to.x - point.x, y: to.y - point.y }, to.free), ["x", "y"]);
  }

  /** The box at the place that the project says: the worker's answer may be of a moment ago. @param {BoxAt} box @returns {BoxAt} */
  #asSet(box) {
    const { width, height } = this.#deps.model.project.canvas;
    const { x, y } = propsOf(this.#deps.model.project, { layer: box.layer, effect: null });
    return { ...box, x: typeof x === "number" ? x * width : box.x, y: typeof y === "number" ? y * height : box.y };
  }

  /** @param {{x: number, y: number}} point @param {BoxAt} chosen */
  #hitsAnother(point, chosen) {
    const hit = this.#hit(point);
    return hit !== null && hit.layer !== chosen.layer && this.#boxes.indexOf(hit) > this.#boxes.indexOf(chosen);
  }

  /**
   * @param {PointerEvent} event @param {BoxAt} box @param {(to: {x: number, y: number, free: boolean}) => BoxAt} change @param {string[]} names the inputs that are set
   */
  #drag(event, box, change, names) {
    const { model, say } = this.#deps;
    const driven = names.filter((name) => isDriven(propsOf(model.project, { layer: box.layer, effect: null })[name]));
    if (driven.length > 0) return say(`${driven.join(" and ").toUpperCase()} of this layer follows the music: change it in the inspector.`);
    const merge = `drag/${box.layer}/${event.timeStamp}`;
    let went = false;
    const stop = (/** @type {boolean} */ keep) => {
      this.#dragging = false;
      this.#guides = { x: null, y: null };
      model.history.seal();
      if (!keep && went) model.undo();
      this.#draw();
      void this.ask();
    };
    follow(event, this.#overlay, {
      move: (moved) => {
        if (!went && Math.hypot(moved.clientX - event.clientX, moved.clientY - event.clientY) < 3) return;
        went = true;
        this.#dragging = true;
        const next = change({ ...this.#point(moved), free: moved.altKey });
        this.#boxes = this.#boxes.map((each) => (each.layer === box.layer ? next : each));
        this.#put(box, next, names, merge);
        this.#draw();
      },
      done: () => stop(true),
      cancel: () => stop(false),
    });
  }

  /** @param {BoxAt} box @param {{x: number, y: number}} by @param {boolean} free Alt: do not snap */
  #moved(box, by, free) {
    const canvas = this.#deps.model.project.canvas;
    const moved = { ...box, x: box.x + by.x, y: box.y + by.y };
    if (free) {
      this.#guides = { x: null, y: null };
      return moved;
    }
    const others = this.#boxes.filter((each) => each.layer !== box.layer).map(edgesOf);
    const { dx, dy, guides } = snap(edgesOf(moved), { canvas, others, safe: safeEdges(this.#safe, canvas), reach: REACH_PIXELS * this.#pixel });
    this.#guides = guides;
    return { ...moved, x: moved.x + dx, y: moved.y + dy };
  }

  /** What has changed between two boxes becomes the layer's inputs. @param {BoxAt} from @param {BoxAt} to @param {string[]} names @param {string|null} merge */
  #put(from, to, names, merge) {
    const { model } = this.#deps;
    const target = { layer: from.layer, effect: null };
    const { width, height } = model.project.canvas;
    /** @type {Record<string, number>} */
    const values = { x: round(to.x / width), y: round(to.y / height), scale: round(to.scale), rotation: Math.round(((to.rotation * 180) / Math.PI) * 10) / 10 };
    model.edit(names.includes("x") ? "Move layer" : names.includes("scale") ? "Scale layer" : "Turn layer", (project) => {
      const props = { ...propsOf(project, target) };
      for (const name of names) props[name] = this.#valueFor(props[name], values[name] ?? 0);
      return setProps(project, target, props);
    }, merge);
  }

  /** @param {Value|undefined} before @param {number} value @returns {Value} */
  #valueFor(before, value) {
    return isKeyed(before) ? withKey(before, this.#deps.seconds(), value) : value;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { model } = this.#deps;
    const box = this.#chosen;
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (event.key === "Tab" && !event.shiftKey && this.#boxes.length > 0) {
      const at = this.#boxes.findIndex((each) => each.layer === model.selection.layer);
      const next = this.#boxes[at + 1];
      if (!next) return;
      model.select(next.layer);
    } else if ((dx !== 0 || dy !== 0) && box && !model.selected?.locked) {
      const step = (event.shiftKey ? 10 : 1) * Math.max(1, this.#pixel);
      const next = { ...box, x: box.x + (dx ?? 0) * step, y: box.y + (dy ?? 0) * step };
      this.#boxes = this.#boxes.map((each) => (each === box ? next : each));
      this.#put(box, next, ["x", "y"], `nudge/${box.layer}`);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 1e4) / 1e4;
}

/** @param {BoxAt} box @param {string} name */
function outline(box, name) {
  return makeSvg("polygon", { class: name, points: cornersOf(box).map(({ x, y }) => `${x.toFixed(2)},${y.toFixed(2)}`).join(" ") });
}

/** @param {{x: number, y: number}|undefined} one @param {{x: number, y: number}|undefined} other */
function middle(one = { x: 0, y: 0 }, other = { x: 0, y: 0 }) {
  return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 };
}

/** @param {BoxAt} box @param {number} pixel */
function turnHandle(box, pixel) {
  const away = (box.height * box.scale) / 2 + TURN_PIXELS * pixel;
  return { x: box.x + Math.sin(box.rotation) * away, y: box.y - Math.cos(box.rotation) * away };
}

/** @param {BoxAt} box @param {{x: number, y: number}} from @returns {(to: {x: number, y: number}) => BoxAt} */
function scaling(box, from) {
  const start = Math.max(1, Math.hypot(from.x - box.x, from.y - box.y));
  return (to) => ({ ...box, scale: Math.min(10, Math.max(0.02, (box.scale * Math.hypot(to.x - box.x, to.y - box.y)) / start)) });
}

/** @param {BoxAt} box @param {{x: number, y: number}} from @returns {(to: {x: number, y: number, free: boolean}) => BoxAt} */
function turning(box, from) {
  const start = Math.atan2(from.y - box.y, from.x - box.x);
  return (to) => {
    const turned = ((box.rotation + Math.atan2(to.y - box.y, to.x - box.x) - start) * 180) / Math.PI;
    return { ...box, rotation: ((to.free ? turned : snapAngle(turned)) * Math.PI) / 180 };
  };
}
