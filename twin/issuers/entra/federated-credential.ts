import { federatedCredentialAudience } from "../../../facts/microsoft-graph";
import { type CompactJwt, checkSignature } from "../compact-jwt";
import type { IssuerRegistry } from "../issuer";
import type { FederatedCredential } from "./directory";
import { type EntraError, entraErrors } from "./error";

/** Seconds by which the token's times may be off. */
const skew = 300;

/**
 * Checks a token of another issuer that stands for an application's own assertion: one of the application's federated
 * credentials must name its issuer, its subject and its audience, to the letter.
 * Source: learn.microsoft.com/entra/workload-id/workload-identity-federation.
 *
 * @returns The refusal, or undefined where the token is good.
 */
export async function checkFederatedCredential(
  token: CompactJwt,
  credentials: readonly FederatedCredential[],
  issuers: IssuerRegistry,
): Promise<EntraError | undefined> {
  const { iss, sub, aud, exp, nbf, iat } = token.claims;
  const issuer = typeof iss === "string" ? iss : "";
  const subject = typeof sub === "string" ? sub : "";
  const audience = typeof aud === "string" ? aud : "";
  const ofIssuer = credentials.filter((credential) => credential.issuer === issuer);
  if (ofIssuer.length === 0) return entraErrors.noFederatedIssuer(issuer.slice(0, 256));
  const ofSubject = ofIssuer.filter((credential) => credential.subject === subject);
  if (ofSubject.length === 0) return entraErrors.noFederatedSubject(subject.slice(0, 256));
  if (!ofSubject.some((credential) => credential.audiences.includes(audience)))
    return entraErrors.noFederatedAudience(audience.slice(0, 256), federatedCredentialAudience);

  const found = issuers.find(issuer);
  if (found === undefined) return entraErrors.federatedIssuerUnreachable();
  if ((await checkSignature(token, found.jwks())) !== "verified") return entraErrors.assertionSignature();
  const now = Date.now() / 1000;
  const from = typeof nbf === "number" ? nbf : typeof iat === "number" ? iat : now;
  if (typeof exp !== "number" || exp + skew <= now || from - skew > now) {
    return entraErrors.assertionTime(String(Math.floor(now)), String(from), String(exp));
  }
  return undefined;
}
