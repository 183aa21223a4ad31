/** Client of the sign-in API: sessions, and one retry after a refresh. The types in `schema.ts` are generated. */

import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./schema.js";

export type Schemas = components["schemas"];
export type SignInClient = Client<paths>;

/** A session adds its credentials to each request. `begin` takes the response of a login, `end` forgets it. */
export interface Session<Response_> {
  readonly fetch: (request: Request) => Promise<Response>;
  begin(response: Response_): void;
  end(): void;
}

/** Return a client of the API at `baseUrl`; without a session, of its public routes. */
export function signInClient(baseUrl: string, session?: Session<never>): SignInClient {
  return createClient<paths>(session ? { baseUrl, fetch: session.fetch } : { baseUrl });
}

type Tokens = Pick<Schemas["TokenResponse"], "access_token" | "refresh_token">;

/** Tokens in memory, for servers and apps. A refused access token is renewed once, however many requests have it. */
export class BearerSession implements Session<Tokens> {
  #tokens: Tokens | undefined;
  #renewal: Promise<void> | undefined;
  /** Counts logins and log-outs: a renewal must not replace the tokens of another login. */
  #login = 0;

  constructor(private readonly baseUrl: string) {}

  get tokens(): Tokens | undefined {
    return this.#tokens;
  }

  begin(tokens: Tokens): void {
    this.#change(tokens);
  }

  end(): void {
    this.#change(undefined);
  }

  readonly fetch = async (request: Request): Promise<Response> => {
    const sent = this.#tokens;
    const login = this.#login;
    const again = request.clone();
    const response = await fetch(signed(request, sent));
    if (sent === undefined || !isRefused(response) || this.#login !== login) return response;
    if (this.#tokens === sent) await (this.#renewal ??= this.#renew(sent));
    const isRenewed = this.#login === login && this.#tokens !== undefined && this.#tokens !== sent;
    return isRenewed ? fetch(signed(again, this.#tokens)) : response;
  };

  async #renew({ refresh_token }: Tokens): Promise<void> {
    const login = this.#login;
    try {
      const { data, response } = await signInClient(this.baseUrl).POST("/refresh", { body: { refresh_token } });
      if (this.#login !== login) return;
      // Only a refusal ends the session: the service may be away for a moment.
      if (data !== undefined) this.#tokens = data;
      else if (response.status === 401) this.#tokens = undefined;
    } finally {
      if (this.#login === login) this.#renewal = undefined;
    }
  }

  #change(tokens: Tokens | undefined): void {
    this.#login += 1;
    this.#tokens = tokens;
    this.#renewal = undefined;
  }
}

/** Cookies, for pages of the same site; the API renews them itself. Call `begin` with the response of the login. */
export class CookieSession implements Session<Pick<Schemas["CookieSessionResponse"], "csrf_token">> {
  #csrfToken: string | undefined;

  begin({ csrf_token }: Pick<Schemas["CookieSessionResponse"], "csrf_token">): void {
    this.#csrfToken = csrf_token;
  }

  end(): void {
    this.#csrfToken = undefined;
  }

  readonly fetch = async (request: Request): Promise<Response> => {
    const sent = this.#csrfToken;
    request.headers.set("X-Session", "cookie");
    if (sent !== undefined) request.headers.set("X-CSRF-Token", sent);
    const response = await fetch(new Request(request, { credentials: "include" }));
    // Every GET repeats it, so that a reloaded page has it again; a login meanwhile has another one.
    if (this.#csrfToken === sent) this.#csrfToken = response.headers.get("X-CSRF-Token") ?? sent;
    return response;
  };
}

function signed(request: Request, tokens: Tokens | undefined): Request {
  if (tokens !== undefined) request.headers.set("Authorization", `Bearer ${tokens.access_token}`);
  return request;
}

/** RFC 6750, section 3.1: the token, and not a password, was refused. */
function isRefused(response: Response): boolean {
  return response.status === 401 && (response.headers.get("WWW-Authenticate") ?? "").includes("invalid_token");
}
