import assert from "node:assert/strict";
import { test } from "node:test";

import { Server } from "../../web/js/capabilities.js";
import { ApiError, LOCKED, NO_SERVER, createApi, refusal } from "../../web/js/jobs-api.js";
import { Pace } from "../../web/js/upload.js";

/** @param {(url: string, init: RequestInit) => Response|Promise<Response>} answer */
const apiOf = (answer) => createApi({ fetch: async (url, init = {}) => answer(String(url), init) });
const json = (/** @type {unknown} */ body, /** @type {ResponseInit} */ init = {}) => new Response(JSON.stringify(body), init);

test("the server's own sentence is what a person reads", async () => {
  const api = apiOf(() => json({ error: "unprocessable", message: "The file holds no sound." }, { status: 422 }));
  await assert.rejects(api.job("x"), (/** @type {ApiError} */ error) => error.message === "The file holds no sound." && error.status === 422 && error.word === "unprocessable" && !error.passing);
});

test("a full server says when to come back, in its header", async () => {
  const api = apiOf(() => json({ error: "queue-full", message: "The queue is full." }, { status: 429, headers: { "retry-after": "12" } }));
  await assert.rejects(api.capabilities(), (/** @type {ApiError} */ error) => error.retryAfterSeconds === 12 && error.passing);
});

test("a proxy's page of HTML is worded by its status", () => {
  assert.equal(refusal(413, "<html>", null).message, "The file is too large for this server.");
  assert.equal(refusal(502, "<html>", null).message, "The server failed (status 502). Try again in a while.");
  assert.equal(refusal(429, "", "soon").retryAfterSeconds, null);
});

test("no network is an error of status 0", async () => {
  const api = apiOf(() => { throw new TypeError("Failed to fetch"); });
  await assert.rejects(api.job("x"), (/** @type {ApiError} */ error) => error.status === 0 && /does not answer/.test(error.message));
});

test("names of jobs cannot leave their place in the address", async () => {
  /** @type {string[]} */
  const asked = [];
  const api = apiOf((url, { method = "GET" }) => (asked.push(`${method} ${url}`), json({})));
  await api.job("../health");
  await api.remove("a b");
  assert.deepEqual(asked, ["GET /api/jobs/..%2Fhealth", "DELETE /api/jobs/a%20b"]);
});

test("a server is here, absent or locked, and is asked once at a time", async () => {
  let answer = () => json({ separation: true });
  let asked = 0;
  const server = new Server({ api: apiOf(() => (asked++, answer())) });
  assert.equal(server.state, "unknown");
  const both = [server.ask(), server.ask()];
  assert.equal(server.state, "asking");
  await Promise.all(both);
  assert.deepEqual([server.state, asked], ["here", 1]);
  answer = () => new Response("There is nothing at /api/capabilities.", { status: 404 });
  await server.ask();
  assert.deepEqual([server.state, server.sentence], ["absent", NO_SERVER]);
  answer = () => json({ error: "unavailable", message: "The jobs are starting." }, { status: 503 });
  await server.ask();
  assert.deepEqual([server.state, server.sentence, server.passing], ["absent", "The jobs are starting.", true]);
  answer = () => json({ separation: false });
  await server.ask();
  assert.deepEqual([server.state, server.passing], ["here", true]);
  answer = () => new Response("<!doctype html>");
  await server.ask();
  assert.deepEqual([server.state, server.sentence], ["absent", NO_SERVER]);
  answer = () => json({ error: "unauthorized", message: "This server wants a token." }, { status: 401 });
  await server.ask();
  assert.deepEqual([server.state, server.sentence], ["locked", LOCKED]);
});

test("a token opens a locked server, a wrong one says why not", async () => {
  /** @type {string|null} */
  let cookie = null;
  const server = new Server({
    api: apiOf((url, { headers }) => {
      if (url === "/api/session") {
        if (new Headers(headers).get("authorization") !== "Bearer right") return json({ error: "unauthorized", message: "Send it as Authorization: Bearer." }, { status: 401 });
        cookie = "yes";
        return new Response(null, { status: 204 });
      }
      return cookie ? json({ separation: true }) : json({ error: "unauthorized", message: "A token, please." }, { status: 401 });
    }),
  });
  await server.ask();
  for (const wrong of ["wrong", "no header carries 歌"]) await assert.rejects(server.enter(wrong), /This server does not know this token/);
  assert.equal(server.state, "locked");
  /** @type {string[]} */
  const states = [];
  server.addEventListener("change", () => states.push(server.state));
  await server.enter("right");
  assert.deepEqual(states, ["here"]); // the field for the token did not go and come meanwhile
});

test("what is left of an upload follows from its speed of late", () => {
  const pace = new Pace(0);
  assert.equal(pace.secondsLeft(100, 1000, 10_000), null); // too early to tell
  assert.equal(pace.secondsLeft(1000, 1000, 10_000), 9);
  for (let second = 2; second <= 10; second++) pace.secondsLeft(1000 * second, 1000 + 100 * (second - 1), 10_000);
  const left = pace.secondsLeft(11_000, 2000, 10_000);
  assert.ok(left !== null && Math.abs(left - 80) < 1, `${left}`); // 100 bytes per second by now
});

test("an upload that stands still has no end", () => {
  const pace = new Pace(0);
  pace.secondsLeft(0, 500, 1000);
  for (let at = 1; at < 20; at++) pace.secondsLeft(1000 * at, 500, 1000);
  assert.equal(pace.secondsLeft(20_000, 500, 1000), null);
});
