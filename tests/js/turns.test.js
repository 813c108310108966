import assert from "node:assert/strict";
import { test } from "node:test";

import { Turns } from "../../web/js/turns.js";

/** Let every pending promise run. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** @param {number} id */
const taker = (id) => ({ id, controller: new AbortController() });

/** @param {Turns} turns @param {string[]} log @param {ReturnType<typeof taker>} who @param {"answer"|"details"} kind */
const ask = (turns, log, who, kind) => turns.take(who, kind).then(() => log.push(`${who.id} ${kind}`), () => log.push(`${who.id} gave up`));

test("answers go before details until two wait for those, and leaving without a turn changes nothing", async () => {
  const [turns, log] = [new Turns(), /** @type {string[]} */ ([])];
  const [a, b, c, d] = /** @type {[any, any, any, any]} */ ([1, 2, 3, 4].map(taker));
  void ask(turns, log, a, "answer");
  void ask(turns, log, b, "answer");
  void ask(turns, log, a, "details"); // hands the turn on
  await settle();
  assert.deepEqual(log, ["1 answer", "2 answer"]);
  turns.leave(a);
  void ask(turns, log, c, "answer");
  void ask(turns, log, b, "details");
  await settle();
  assert.deepEqual(log.slice(2), ["1 details"]);
  void ask(turns, log, d, "answer");
  turns.leave(a);
  await settle();
  assert.deepEqual(log.slice(3), ["3 answer"]);
});

test("who is aborted gives up the place, and who is preferred has its details first", async () => {
  const [turns, log] = [new Turns((id) => id === 3), /** @type {string[]} */ ([])];
  const [a, b, c] = /** @type {[any, any, any]} */ ([1, 2, 3].map(taker));
  void ask(turns, log, a, "answer");
  void ask(turns, log, b, "details");
  void ask(turns, log, c, "details");
  turns.leave(a);
  await settle();
  b.controller.abort();
  turns.leave(c);
  await settle();
  assert.deepEqual(log, ["1 answer", "3 details", "2 gave up"]);
  assert.equal(turns.taken, false);
});
