import { decodeJwt, errors, type JWTPayload, jwtVerify } from "jose";
import { z } from "zod";
import type { Clock } from "../clock";
import type { TokenIssuerConfig } from "../config";
import type { Caller } from "../peer/caller";
import type { Send } from "../upstream/upstream-request";
import { isCompactJwt } from "./compact-jwt";
import { IssuerKeys, type KeySet, readKeySetFile } from "./issuer-keys";

/** Why a JWT is no proof of who somebody is. */
export type TokenRefusal =
  | "jwt_malformed"
  | "jwt_issuer_unknown"
  | "jwt_signature"
  | "jwt_expired"
  | "jwt_not_yet_valid"
  | "jwt_lifetime"
  | "jwt_audience"
  | "jwt_claims"
  | "jwt_bound"
  | "jwt_keys_unavailable";

export type TokenResult =
  | { readonly ok: true; readonly caller: Extract<Caller, { kind: "jwt" }> }
  | { readonly ok: false; readonly reason: TokenRefusal };

/** Asymmetric algorithms only: with the others, a public key could be taken for a secret. */
const algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
/** Seconds by which clocks may differ. */
const skew = 30;

const claimsSchema = z.object({
  sub: z.string().min(1).max(512),
  iat: z.number(),
  exp: z.number(),
  jti: z.string().optional(),
  cnf: z.unknown().optional(),
});

/** What the presenter of a token is: the one whom it is about, or somebody who has authenticated himself otherwise. */
export type Presenter = "bearer" | "actor";

type KeySource = (isMiss: boolean) => Promise<KeySet | undefined>;

/** Verifies JWTs of the issuers of the configuration, and of no others. */
export class TokenVerifier {
  readonly #issuers: ReadonlyMap<string, { readonly config: TokenIssuerConfig; readonly keys: KeySource }>;
  readonly #clock: Clock;

  /** @throws {ConfigurationError} When a file of keys is not good. */
  constructor(issuers: readonly TokenIssuerConfig[], tools: { readonly send: Send; readonly clock: Clock }) {
    this.#clock = tools.clock;
    this.#issuers = new Map(
      issuers.map((config, index) => [config.issuer, { config, keys: keySource(config, index, tools) }]),
    );
  }

  /**
   * A token that is bound to a key (`cnf`, RFC 7800) proves nothing about a bearer, who need not have the key: whoever has
   * seen it once could use it (RFC 8705 §3).
   */
  async verify(token: string, presenter: Presenter): Promise<TokenResult> {
    const refuse = (reason: TokenRefusal): TokenResult => ({ ok: false, reason });
    if (!isCompactJwt(token)) return refuse("jwt_malformed");
    const issuer = this.#issuers.get(claimedIssuer(token) ?? "");
    if (issuer === undefined) return refuse("jwt_issuer_unknown");
    const { config, keys } = issuer;
    const payload = await this.#payload(token, config, keys);
    if (typeof payload === "string") return refuse(payload);
    const claims = claimsSchema.safeParse(payload);
    if (!claims.success) return refuse("jwt_claims");
    const { sub, iat, exp, jti, cnf } = claims.data;
    if (cnf !== undefined && presenter === "bearer") return refuse("jwt_bound");
    if (iat > this.#clock.now().wall / 1000 + skew) return refuse("jwt_not_yet_valid");
    if (exp - iat > config.maximumLifetimeSeconds) return refuse("jwt_lifetime");
    const expiresAt = new Date(exp * 1000);
    return { ok: true, caller: { kind: "jwt", issuer: config.issuer, subject: sub, tokenId: jti, expiresAt } };
  }

  async #payload(token: string, config: TokenIssuerConfig, keys: KeySource): Promise<JWTPayload | TokenRefusal> {
    for (const isMiss of [false, true]) {
      const keySet = await keys(isMiss);
      if (keySet === undefined) return "jwt_keys_unavailable";
      try {
        const { payload } = await jwtVerify(token, keySet, {
          algorithms,
          issuer: config.issuer,
          audience: config.audience,
          requiredClaims: ["exp", "iat", "sub"],
          clockTolerance: skew,
          currentDate: new Date(this.#clock.now().wall),
        });
        return payload;
      } catch (error) {
        // The issuer may have a new key.
        if (error instanceof errors.JWKSNoMatchingKey && !isMiss) continue;
        return reasonOf(error);
      }
    }
    return "jwt_signature";
  }
}

function keySource(
  { jwksUri, jwksFile }: TokenIssuerConfig,
  index: number,
  tools: { readonly send: Send; readonly clock: Clock },
): KeySource {
  if (jwksUri !== undefined) {
    const keys = new IssuerKeys(jwksUri, tools);
    return (isMiss) => keys.get(isMiss);
  }
  const keySet = readKeySetFile(`tokenIssuers[${index}].jwksFile`, jwksFile ?? "");
  return async () => keySet;
}

function claimedIssuer(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): TokenRefusal {
  if (error instanceof errors.JWTExpired) return "jwt_expired";
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === "aud") return "jwt_audience";
    return error.claim === "nbf" ? "jwt_not_yet_valid" : "jwt_claims";
  }
  // Keys that do not match, signatures that do not verify, algorithms that are not allowed, headers that are critical.
  return error instanceof errors.JWTInvalid ? "jwt_malformed" : "jwt_signature";
}
