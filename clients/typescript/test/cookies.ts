/** CookieSession, with the cookies that a browser keeps: `node dist/test/cookies.js API MAILBOX`. */

import assert from "node:assert/strict";
import { CookieSession, signInClient } from "../src/index.js";
import { newAccount, password } from "./account.js";

const [, , baseUrl = "", mailbox = ""] = process.argv;
const cookies = new Map<string, string>();
const send = globalThis.fetch;

globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  if (request.credentials === "include") {
    request.headers.set("Cookie", [...cookies].map(([name, value]) => `${name}=${value}`).join("; "));
  }
  const response = await send(request);
  for (const [name = "", value = ""] of response.headers.getSetCookie().map((row) => row.split(/[=;]/))) {
    if (value === "") cookies.delete(name);
    else cookies.set(name, value);
  }
  return response;
};

const session = new CookieSession();
const api = signInClient(baseUrl, session);
const email = await newAccount(api, mailbox);
const { data } = await api.POST("/login", { body: { email, password } });
assert(data !== undefined && "csrf_token" in data, "COOKIE_SESSIONS must be on");
session.begin(data);
assert.equal((await api.PATCH("/me", { body: { name: "Ada" } })).response.status, 200);

// A reloaded page has the cookies only; a GET brings the CSRF token again.
const reloaded = signInClient(baseUrl, new CookieSession());
assert.equal((await reloaded.PATCH("/me", { body: { name: "Grace" } })).response.status, 403);
assert.equal((await reloaded.GET("/me")).data?.email, email);
assert.equal((await reloaded.PATCH("/me", { body: { name: "Grace" } })).response.status, 200);
assert.equal((await reloaded.POST("/logout")).response.status, 204);
assert.equal((await reloaded.GET("/session")).response.status, 401);
console.log("done");
