import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { FederatedIdentity } from "../../analysis";
import { cloudSdkClientId, workforcePrincipal } from "../../facts/workforce";
import type { DecisionLog } from "../events";
import type { TokenStore } from "../google/token-store";
import { MalformedRequestError, parseForm, readBody, requestTarget, sendJson } from "../issuers/message";
import type { VirtualHost } from "../network/virtual-host";
import type { ResourceStore } from "../store/resource-store";
import { ExpiringValues } from "./expiring-values";
import { findWorkforcePool } from "./workforce-pools";

/** A person who has signed in for gcloud, until it asks for tokens. */
interface CloudSdkGrant {
  readonly identity: FederatedIdentity;
  readonly redirectUri: string;
  /** S256 (RFC 7636 §4.2). */
  readonly codeChallenge: string;
  /** What gcloud asked for; it takes tokens of other scopes for a mistake. */
  readonly scopes: readonly string[];
}

/** What a refresh token stands for. */
interface CloudSdkSession extends Pick<CloudSdkGrant, "identity" | "scopes"> {
  /** Milliseconds since 1970. */
  readonly endsAt: number;
}

export interface CloudSdkTokensOptions {
  readonly store: ResourceStore;
  readonly decisions: DecisionLog;
  readonly tokens: TokenStore;
}

const codeSeconds = 300;
const limit = 10_000;
const bodyLimit = 64 * 1024;
const longestTokenSeconds = 3600;

/**
 * What gcloud gets for a workforce sign-in: an access token of the federated identity and a refresh token, both for no longer than
 * the session of the pool. Answers `/v1/oauthtoken` and `/v1/introspect` of sts.googleapis.com.
 * Source: cloud.google.com/iam/docs/workforce-log-in-gcloud, RFC 6749, RFC 7636, RFC 7662.
 */
export class CloudSdkTokens {
  readonly #options: CloudSdkTokensOptions;
  readonly #codes = new ExpiringValues<CloudSdkGrant>(limit);
  readonly #sessions = new ExpiringValues<CloudSdkSession>(limit);

  constructor(options: CloudSdkTokensOptions) {
    this.#options = options;
  }

  /** Answers first, and leaves to the host what is not for it. */
  before(host: VirtualHost): VirtualHost {
    return {
      hostname: host.hostname,
      handle: async (request, response) => {
        if (!(await this.handle(request, response))) await host.handle(request, response);
      },
    };
  }

  /** A one-time code for gcloud. */
  issueCode(grant: CloudSdkGrant): string {
    return this.#codes.put(grant, codeSeconds);
  }

  /** @returns false where the path is none of these. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const path = requestTarget(request)?.pathname;
    if (request.method !== "POST" || (path !== "/v1/oauthtoken" && path !== "/v1/introspect")) return false;
    try {
      const form = parseForm(await readBody(request, bodyLimit));
      if (path === "/v1/introspect") this.#introspect(form, response);
      else this.#answer(form, response);
    } catch (error) {
      if (!(error instanceof MalformedRequestError)) throw error;
      this.#refuse(response, "invalid_request", error.message);
    }
    return true;
  }

  #answer(form: ReadonlyMap<string, string>, response: ServerResponse): void {
    const of = (name: string) => form.get(name) ?? "";
    if (of("grant_type") === "refresh_token") {
      const session = this.#sessions.get(of("refresh_token"));
      if (session === undefined) this.#refuse(response, "invalid_grant", "The session has ended: sign in again.");
      else this.#give(response, session, of("refresh_token"));
      return;
    }
    if (of("grant_type") !== "authorization_code") {
      this.#refuse(response, "unsupported_grant_type", "Expected authorization_code or refresh_token.");
      return;
    }
    // Taken first: a code that was tried with a wrong verifier is spent.
    const grant = this.#codes.take(of("code"));
    if (grant === undefined || grant.redirectUri !== of("redirect_uri") || !fits(of("code_verifier"), grant)) {
      this.#refuse(response, "invalid_grant", "The code is unknown, spent, or of another client.");
      return;
    }
    const seconds = findWorkforcePool(this.#options.store, grant.identity.pool)?.sessionSeconds ?? 0;
    const endsAt = Date.now() + seconds * 1000;
    const session = { identity: grant.identity, scopes: grant.scopes, endsAt };
    this.#give(response, session, this.#sessions.put(session, seconds));
  }

  #give(response: ServerResponse, { identity, scopes, endsAt }: CloudSdkSession, refreshToken: string): void {
    const seconds = Math.min(longestTokenSeconds, Math.floor((endsAt - Date.now()) / 1000));
    const expiresAt = new Date(Date.now() + seconds * 1000);
    const accessToken = this.#options.tokens.issue({ identity, expiresAt, scopes });
    this.#record("allowed", workforcePrincipal(identity.pool, identity.subject));
    sendJson(response, 200, {
      access_token: accessToken,
      expires_in: seconds,
      token_type: "Bearer",
      scope: scopes.join(" "),
      refresh_token: refreshToken,
    });
  }

  #introspect(form: ReadonlyMap<string, string>, response: ServerResponse): void {
    const found = this.#options.tokens.find(form.get("token") ?? "");
    if (found?.identity.kind !== "federated") {
      sendJson(response, 200, { active: false });
      return;
    }
    const { pool, subject } = found.identity;
    sendJson(response, 200, {
      active: true,
      scope: found.scopes.join(" "),
      client_id: cloudSdkClientId,
      username: workforcePrincipal(pool, subject),
      sub: subject,
      exp: Math.floor(found.expiresAt.getTime() / 1000),
    });
  }

  #refuse(response: ServerResponse, error: string, description: string): void {
    this.#record("refused", `${error}: ${description}`);
    sendJson(response, 400, { error, error_description: description });
  }

  #record(outcome: "allowed" | "refused", reason: string): void {
    this.#options.decisions.record({ by: "sts", request: "POST /v1/oauthtoken", outcome, reason });
  }
}

function fits(verifier: string, { codeChallenge }: CloudSdkGrant): boolean {
  const digest = Buffer.from(createHash("sha256").update(verifier).digest("base64url"));
  const challenge = Buffer.from(codeChallenge);
  return digest.length === challenge.length && timingSafeEqual(digest, challenge);
}
