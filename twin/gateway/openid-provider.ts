import { createLocalJWKSet, errors, type JWTPayload, jwtVerify } from "jose";
import { z } from "zod";
import { federationLimits } from "../../facts/federation-limits";
import { type TokenExchangeError, tokenExchangeErrors } from "../../facts/token-exchange";
import type { PublicOrigin, TwinFetch } from "./collaborators";
import { publicUrl } from "./public-url";
import type { WorkforceProvider } from "./workforce-pools";

/** The issuer's discovery document (OpenID Connect Discovery 1.0 §3), as far as the code flow needs it. */
const discoverySchema = z.object({
  issuer: z.string(),
  authorization_endpoint: z.url({ protocol: /^https$/ }),
  token_endpoint: z.url({ protocol: /^https$/ }),
  jwks_uri: z.url({ protocol: /^https$/ }),
});

export type Discovery = z.output<typeof discoverySchema>;

const tokenResponseSchema = z.object({ id_token: z.string().min(1) });
const jwksSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

export type OpenIdResult<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: TokenExchangeError; readonly explanation: string };

const failed = (error: TokenExchangeError, explanation: string): OpenIdResult<never> => ({
  ok: false,
  error,
  explanation,
});
const unreachable = (explanation: string): OpenIdResult<never> =>
  failed(tokenExchangeErrors.issuerUnreachable(), explanation);

/** Milliseconds to wait for the issuer. */
const timeout = 10_000;
const algorithms = ["RS256", "ES256"];

/** What the workforce sign-in asks of an OpenID provider; the provider's real addresses are reached through the twin. */
export class OpenIdProvider {
  readonly #fetch: TwinFetch;
  readonly #publicOrigin: PublicOrigin;

  constructor(options: { fetch: TwinFetch; publicOrigin: PublicOrigin }) {
    this.#fetch = options.fetch;
    this.#publicOrigin = options.publicOrigin;
  }

  async discover(issuer: string): Promise<OpenIdResult<Discovery>> {
    const document = discoverySchema.safeParse(
      await this.#json(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`),
    );
    if (!document.success) return unreachable(`${issuer} publishes no discovery document that can be read.`);
    // OpenID Connect Discovery 1.0 §4.3: a document that speaks for another issuer is of no use.
    return document.data.issuer === issuer
      ? { ok: true, value: document.data }
      : unreachable(`The discovery document speaks for another issuer than ${issuer}.`);
  }

  /** Exchanges the code for the ID token (RFC 6749 §4.1.3, RFC 7636 §4.5). */
  async redeem(
    discovery: Discovery,
    provider: WorkforceProvider,
    grant: { readonly code: string; readonly redirectUri: string; readonly codeVerifier: string },
  ): Promise<OpenIdResult<string>> {
    const answer = tokenResponseSchema.safeParse(
      await this.#json(discovery.token_endpoint, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
        body: new URLSearchParams({
          grant_type: "authorization_code",
          code: grant.code,
          redirect_uri: grant.redirectUri,
          code_verifier: grant.codeVerifier,
          client_id: provider.clientId,
          client_secret: provider.clientSecret ?? "",
        }).toString(),
      }),
    );
    return answer.success
      ? { ok: true, value: answer.data.id_token }
      : unreachable(
          "The issuer did not exchange the code for an ID token; the client secret or the redirect URI may differ.",
        );
  }

  /** Checks signature, issuer, audience, times and nonce of an ID token (OpenID Connect Core 1.0 §3.1.3.7). */
  async verify(
    discovery: Discovery,
    provider: WorkforceProvider,
    idToken: string,
    nonce: string,
  ): Promise<OpenIdResult<JWTPayload>> {
    const published = jwksSchema.safeParse(
      provider.jwksJson === undefined ? await this.#json(discovery.jwks_uri) : parseJson(provider.jwksJson),
    );
    if (!published.success) return unreachable("The issuer publishes no keys that can be read.");
    let payload: JWTPayload;
    try {
      const verified = await jwtVerify(idToken, createLocalJWKSet(published.data), {
        algorithms,
        issuer: provider.issuer,
        audience: provider.clientId,
        clockTolerance: federationLimits.clockSkewSeconds,
        requiredClaims: ["iat", "exp", "nonce"],
      });
      payload = verified.payload;
    } catch (error) {
      return failed(...wordsFor(error));
    }
    const audiences = Array.isArray(payload.aud) ? payload.aud : [payload.aud];
    if (audiences.length !== 1) {
      return failed(tokenExchangeErrors.audienceMismatch(audiences.join(", ")), "The ID token is for others as well.");
    }
    return payload["nonce"] === nonce
      ? { ok: true, value: payload }
      : failed(tokenExchangeErrors.badSignature(), "The ID token's nonce is not the one of this sign-in.");
  }

  /** The JSON at a real address, or undefined where there is none. Bodies are never put into an error. */
  async #json(url: string, init?: Parameters<TwinFetch>[1]): Promise<unknown> {
    try {
      const response = await this.#fetch(publicUrl(this.#publicOrigin, url), {
        ...init,
        redirect: "error",
        signal: AbortSignal.timeout(timeout),
      });
      const body = await response.text();
      return response.ok ? parseJson(body) : undefined;
    } catch {
      return undefined;
    }
  }
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Google's words for what jose found wrong, and ours. */
function wordsFor(error: unknown): [TokenExchangeError, string] {
  if (error instanceof errors.JWTExpired) {
    return [tokenExchangeErrors.stale(String(error.payload.iat ?? "")), "The ID token has expired."];
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === "iss") {
      return [tokenExchangeErrors.issuerMismatch(String(error.payload.iss)), "The ID token is of another issuer."];
    }
    if (error.claim === "aud") {
      return [tokenExchangeErrors.audienceMismatch(String(error.payload.aud)), "The ID token is for another client."];
    }
    return [
      tokenExchangeErrors.stale(String(error.payload.iat ?? "")),
      `The ID token's claim ${error.claim} is missing or wrong.`,
    ];
  }
  if (error instanceof errors.JWKSNoMatchingKey) {
    return [tokenExchangeErrors.issuerUnreachable(), "The issuer publishes no key under the ID token's kid."];
  }
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JOSEAlgNotAllowed) {
    return [tokenExchangeErrors.badSignature(), "The ID token is not signed by one of the issuer's keys."];
  }
  return [tokenExchangeErrors.unparsable(), "The ID token is not a signed JWT."];
}
