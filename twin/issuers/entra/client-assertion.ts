import { createHash, X509Certificate } from "node:crypto";
import { compactVerify } from "jose";
import { z } from "zod";
import { entraTokenEndpoint } from "../../../facts/entra";
import { type CompactJwt, parseCompactJwt } from "../compact-jwt";
import type { Application, ApplicationCertificate } from "./directory";
import { type EntraError, entraErrors } from "./error";

const headerSchema = z
  .object({ alg: z.enum(["PS256", "RS256"]), "x5t#S256": z.string().optional(), x5t: z.string().optional() })
  .refine((header) => header["x5t#S256"] !== undefined || header.x5t !== undefined);

const claimsSchema = z.object({
  iss: z.string(),
  sub: z.string(),
  aud: z.string(),
  jti: z.string().min(1).max(256).optional(),
  exp: z.number(),
  nbf: z.number().optional(),
  iat: z.number().optional(),
});

/** Seconds: the longest life of an assertion. */
const longestLife = 600;
/** Seconds by which an assertion's times may be off. */
const skew = 300;
/** Enough for any use of a laptop; the oldest make room beyond. */
const mostAssertions = 10_000;

export type ClientAssertionCheck = { readonly ok: true } | { readonly ok: false; readonly error: EntraError };

/**
 * Checks client assertions (RFC 7523 §2.2) signed with an application's certificate.
 * Source: learn.microsoft.com/entra/identity-platform/certificate-credentials.
 */
export class ClientAssertionVerifier {
  readonly #tenantId: string;
  /** When each assertion seen expires, by the digest of application and jti. Never by the token: one token has many spellings. */
  readonly #seen = new Map<string, number>();

  constructor(tenantId: string) {
    this.#tenantId = tenantId;
  }

  /** @param application whose certificates count, of those registered now. */
  async verify(
    assertion: string,
    application: Application,
    certificates: readonly ApplicationCertificate[],
  ): Promise<ClientAssertionCheck> {
    const token = parseCompactJwt(assertion);
    const header = headerSchema.safeParse(token?.header);
    const claims = claimsSchema.safeParse(token?.claims);
    if (token === undefined || !header.success || !claims.success) return refused(entraErrors.malformedAssertion());

    const found = certificates
      .map((certificate) => ({ certificate, x509: parseCertificate(certificate) }))
      .find(({ x509 }) => x509 !== undefined && hasThumbprint(x509, header.data));
    if (found?.x509 === undefined) return refused(entraErrors.assertionKeyUnknown(application.clientId));
    if (!isInForce(found.certificate, found.x509)) return refused(entraErrors.assertionKeyExpired());
    if (!(await isSignedBy(token, found.x509, header.data.alg))) return refused(entraErrors.assertionSignature());

    const { iss, sub, aud, jti, exp, nbf, iat } = claims.data;
    if (iss !== application.clientId || sub !== application.clientId) return refused(entraErrors.assertionIssuer());
    if (aud !== entraTokenEndpoint(this.#tenantId)) return refused(entraErrors.assertionAudience());
    const now = Date.now() / 1000;
    const from = nbf ?? iat ?? now;
    if (exp + skew <= now || from - skew > now || exp - from > longestLife || exp <= from) {
      return refused(entraErrors.assertionTime(iso(now), iso(from), iso(exp)));
    }
    if (jti === undefined || !this.#isFirstUse(application.clientId, jti, exp + skew))
      return refused(entraErrors.assertionReplayed());
    return { ok: true };
  }

  #isFirstUse(clientId: string, jti: string, until: number): boolean {
    const now = Date.now() / 1000;
    const key = createHash("sha256").update(`${clientId}\0${jti}`).digest("base64url");
    if ((this.#seen.get(key) ?? 0) > now) return false;
    if (this.#seen.size >= mostAssertions) {
      for (const [other, expiry] of this.#seen) if (expiry <= now) this.#seen.delete(other);
      for (const other of this.#seen.keys()) {
        if (this.#seen.size < mostAssertions) break;
        this.#seen.delete(other);
      }
    }
    this.#seen.set(key, until);
    return true;
  }
}

const refused = (error: EntraError): ClientAssertionCheck => ({ ok: false, error });

/** Entra's form of a time; an absurd number does not become a crash. */
function iso(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? "(out of range)" : date.toISOString();
}

function parseCertificate({ value, encoding }: ApplicationCertificate): X509Certificate | undefined {
  try {
    return new X509Certificate(encoding === "pem" ? value : Buffer.from(value, encoding));
  } catch {
    return undefined;
  }
}

function hasThumbprint(
  certificate: X509Certificate,
  header: { "x5t#S256"?: string | undefined; x5t?: string | undefined },
): boolean {
  const digest = (algorithm: string): string => createHash(algorithm).update(certificate.raw).digest("base64url");
  const sha256 = header["x5t#S256"];
  return sha256 === undefined ? header.x5t === digest("sha1") : sha256 === digest("sha256");
}

/** In force by the dates of the registration, which may shorten those of the certificate. */
function isInForce(registered: ApplicationCertificate, certificate: X509Certificate): boolean {
  const now = Date.now();
  const from = Math.max(registered.notBefore?.getTime() ?? 0, Date.parse(certificate.validFrom));
  const until = Math.min(registered.notAfter?.getTime() ?? Number.POSITIVE_INFINITY, Date.parse(certificate.validTo));
  return from - skew * 1000 <= now && now < until;
}

async function isSignedBy(token: CompactJwt, certificate: X509Certificate, algorithm: string): Promise<boolean> {
  try {
    await compactVerify(token.text, certificate.publicKey, { algorithms: [algorithm] });
    return true;
  } catch {
    return false;
  }
}
