// @ts-nocheck: a page of its own for the painter's tests.
/** `ask(name, options)`: what the worker of painter-worker.js answers. */

const worker = new Worker("painter-worker.js", { type: "module" });
const waiting = new Map();

worker.onmessage = ({ data: { id, answer, error } }) => {
  const { resolve, reject } = waiting.get(id);
  waiting.delete(id);
  if (error) reject(new Error(error));
  else resolve(answer);
};
worker.onerror = (event) => {
  for (const { reject } of waiting.values()) reject(new Error(event.message ?? "the worker did not start"));
};

window.ask = (name, options = {}) => {
  const id = crypto.randomUUID();
  const { promise, ...settle } = Promise.withResolvers();
  waiting.set(id, settle);
  worker.postMessage({ id, name, options });
  return promise;
};
