/**
 * A field for the access token of a private server.
 * @import {Scope} from "./scope.js"
 */
import { setText } from "./dom.js";

/**
 * @typedef {object} TokenField
 * @property {HTMLInputElement} input
 * @property {HTMLButtonElement} use
 * @property {HTMLElement} trouble             says what is wrong
 * @property {(token: string) => Promise<void>} enter   rejects with the sentence that says why it is not taken
 */

/** Give the token to the server when it is asked for, by button or Enter. @param {TokenField} field @param {Scope} scope */
export function wireToken({ input, use, trouble, enter }, scope) {
  const give = async () => {
    const token = input.value.trim();
    setText(trouble, token ? "" : "Enter the token that you were given.");
    if (!token) return;
    try {
      await enter(token);
      input.value = "";
    } catch (error) {
      setText(trouble, error instanceof Error ? error.message : String(error));
    }
  };
  scope.on(use, "click", () => void give());
  scope.on(input, "keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    void give();
  });
}
