/**
 * The few things that every widget does with the document.
 */

/** @typedef {new (...args: any[]) => Element} ElementClass */

/**
 * The one element marked `data-part="name"` inside `root`; a missing one is a mistake in index.html.
 * @template {ElementClass} T
 * @param {ParentNode} root
 * @param {string} name
 * @param {T} type
 * @returns {InstanceType<T>}
 */
export function part(root, name, type) {
  const found = root.querySelector(`[data-part="${name}"]`);
  if (!(found instanceof type)) throw new Error(`index.html: expected a ${type.name} marked data-part="${name}"`);
  return /** @type {InstanceType<T>} */ (found);
}

/**
 * A fresh copy of the first element in the `<template>` with this id.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function stamp(id) {
  const template = document.getElementById(id);
  if (!(template instanceof HTMLTemplateElement)) throw new Error(`index.html: expected a template with id ${id}`);
  const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true)).firstElementChild;
  if (!(copy instanceof HTMLElement)) throw new Error(`index.html: the template ${id} is empty`);
  return copy;
}

/**
 * Write text only when it differs, so that live regions speak once and selections stay.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {HTMLProgressElement} bar @param {number|null} fraction null: nobody knows how far it is */
export function setProgress(bar, fraction) {
  if (fraction === null) bar.removeAttribute("value");
  else bar.value = fraction;
}

/**
 * Point a `<use>` icon at another symbol of index.html.
 * @param {Element} element holds the icon
 * @param {string} name
 */
export function setIcon(element, name) {
  element.querySelector("use")?.setAttribute("href", `#icon-${name}`);
}

/**
 * @param {HTMLButtonElement} button
 * @param {boolean} pressed
 */
export function setPressed(button, pressed) {
  button.setAttribute("aria-pressed", String(pressed));
}

/** True where a key press belongs to a field and not to the page. @param {EventTarget|null} target */
export function isTyping(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !["range", "checkbox", "radio", "button"].includes(target.type);
}
