/**
 * A scope owns every listener, timer and subscription of one piece of the page; disposing it ends them all.
 */
export class Scope {
  /** @type {Array<() => void>} */
  #ends = [];
  #disposed = false;

  /** Run `end` when the scope ends (at once when it already has). @param {() => void} end */
  add(end) {
    if (this.#disposed) end();
    else this.#ends.push(end);
  }

  /**
   * Listen until the scope ends.
   * @param {EventTarget} target
   * @param {string} type
   * @param {(event: any) => void} listener
   * @param {AddEventListenerOptions} [options]
   */
  on(target, type, listener, options) {
    target.addEventListener(type, listener, options);
    this.add(() => target.removeEventListener(type, listener, options));
  }

  /** @param {() => void} action @param {number} milliseconds @returns {() => void} cancels it */
  after(action, milliseconds) {
    const timer = setTimeout(action, milliseconds);
    const cancel = () => clearTimeout(timer);
    this.add(cancel);
    return cancel;
  }

  /** A scope that ends no later than this one. @returns {Scope} */
  child() {
    const scope = new Scope();
    this.add(() => scope.dispose());
    return scope;
  }

  dispose() {
    this.#disposed = true;
    for (const end of this.#ends.splice(0).reverse()) end();
  }
}
