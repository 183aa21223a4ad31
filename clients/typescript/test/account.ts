/** A new account with a verified address, by the client under test. */

import assert from "node:assert/strict";
import type { SignInClient } from "../src/index.js";

export const password = "Correct-Horse-9";

export async function newAccount(api: SignInClient, mailbox: string): Promise<string> {
  const email = `typescript-${crypto.randomUUID()}@example.com`;
  assert.equal((await api.POST("/signup", { body: { email, password } })).response.status, 202);
  const response = await fetch(`${mailbox}/messages?to=${encodeURIComponent(email)}`);
  const { messages } = (await response.json()) as { messages: { code: string }[] };
  assert(messages[0]);
  const verified = await api.POST("/verify", { body: { email, code: messages[0].code, password } });
  assert.equal(verified.response.status, 204);
  return email;
}
