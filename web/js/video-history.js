/**
 * Undo and redo without limit: every state of a project that was, oldest first. States are never changed in place, so
 * they share all that did not change between them. Pure.
 * @import {Project} from "./protocol.js"
 */

/** What was done, and how it is merged: steps with the same `merge` after one another are one step. @typedef {{label: string, merge?: string|null}} Step */
/** @typedef {{project: Project, label: string, merge: string|null}} Entry label: of the edit that led here */

export class History {
  /** @type {Entry[]} */
  #entries;
  #at = 0;

  /** @param {Project} project */
  constructor(project) {
    this.#entries = [{ project, label: "", merge: null }];
  }

  /** @returns {Project} */
  get project() {
    return this.#entry.project;
  }

  get #entry() {
    return /** @type {Entry} */ (this.#entries[this.#at]);
  }

  /** What `undo` would take back, "" where nothing. */
  get undoLabel() {
    return this.#at > 0 ? this.#entry.label : "";
  }

  /** What `redo` would do again, "" where nothing. */
  get redoLabel() {
    return this.#entries[this.#at + 1]?.label ?? "";
  }

  /**
   * A new state; what was undone is forgotten.
   * @param {Project} project @param {Step} step @returns {boolean} false where nothing changed
   */
  edit(project, { label, merge = null }) {
    if (project === this.project) return false;
    const merged = merge !== null && this.#entry.merge === merge && this.#at > 0;
    this.#entries.length = merged ? this.#at : this.#at + 1;
    this.#entries.push({ project, label, merge });
    this.#at = this.#entries.length - 1;
    return true;
  }

  /** The next edit is a step of its own, whatever its `merge`. */
  seal() {
    this.#entry.merge = null;
  }

  /** @returns {boolean} false where there is nothing */
  undo() {
    if (this.#at === 0) return false;
    this.seal();
    this.#at -= 1;
    this.seal();
    return true;
  }

  /** @returns {boolean} false where there is nothing */
  redo() {
    if (this.#at + 1 >= this.#entries.length) return false;
    this.#at += 1;
    this.seal();
    return true;
  }
}
