/** The whole way through a running API: `node dist/test/walk.js API MAILBOX`. */

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { BearerSession, signInClient, type Schemas } from "../src/index.js";
import { newAccount, password } from "./account.js";

const [, , baseUrl = "", mailbox = ""] = process.argv;
const session = new BearerSession(baseUrl);
const api = signInClient(baseUrl, session);

/** RFC 6238, with the step `offset` steps from now: a code can be used once. */
function totp(secret: string, offset: number): string {
  const bits = [...secret].map((sign) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(sign).toString(2).padStart(5, "0"));
  const key = Buffer.from((bits.join("").match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + offset));
  const digest = createHmac("sha1", key).update(counter).digest();
  const start = (digest[19] ?? 0) & 15;
  return String((digest.readUInt32BE(start) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

function tokens(data: Schemas["TokenResponse"] | object | undefined): Schemas["TokenResponse"] {
  assert(data !== undefined && "access_token" in data);
  return data as Schemas["TokenResponse"];
}

const email = await newAccount(api, mailbox);
const wrong = await api.POST("/login", { body: { email, password: "Wrong-Horse-9" } });
assert.equal(wrong.error?.status, 401);
session.begin(tokens((await api.POST("/login", { body: { email, password } })).data));
assert.equal((await api.GET("/me")).data?.email, email);

// A refused access token is renewed once for two requests at the same time.
const before = session.tokens;
assert(before);
session.begin({ ...before, access_token: "a.b.c" });
const both = await Promise.all([api.GET("/me"), api.GET("/session")]);
assert.deepEqual(both.map(({ response }) => response.status), [200, 200]);
assert.notEqual(session.tokens?.access_token, "a.b.c");

// A log-out during a renewal stays one.
session.begin({ ...before, refresh_token: session.tokens?.refresh_token ?? "", access_token: "a.b.c" });
const during = api.GET("/me");
session.end();
assert.equal((await during).response.status, 401);
assert.equal(session.tokens, undefined);
session.begin(tokens((await api.POST("/login", { body: { email, password } })).data));

const setUp = await api.POST("/me/mfa/totp");
assert(setUp.data);
const secret = setUp.data.secret_code;
assert.equal((await api.POST("/me/mfa/totp/verify", { body: { code: totp(secret, -1) } })).response.status, 204);
assert.equal((await api.PUT("/me/mfa", { body: { totp: { enabled: true, preferred: true } } })).response.status, 204);
const step = (await api.POST("/login", { body: { email, password } })).data;
assert(step !== undefined && "challenge" in step && step.challenge === "SOFTWARE_TOKEN_MFA");
const body = { challenge: step.challenge, session: step.session, code: totp(secret, 0) } as const;
session.begin(tokens((await api.POST("/login/challenge", { body })).data));

assert.equal((await api.POST("/logout")).response.status, 204);
assert.equal((await api.GET("/session")).response.status, 401);
assert.equal(session.tokens, undefined);
console.log("done");
