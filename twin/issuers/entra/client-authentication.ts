import { createHash, timingSafeEqual } from "node:crypto";
import { jwtBearerAssertionType } from "../../../facts/entra";
import { parseCompactJwt } from "../compact-jwt";
import type { IssuerRegistry } from "../issuer";
import type { ClientAssertionVerifier } from "./client-assertion";
import type { Application, EntraDirectory } from "./directory";
import { type EntraError, entraErrors } from "./error";
import { checkFederatedCredential } from "./federated-credential";

/** An application that has proved itself, and by what: "1" a secret, "2" a certificate (the claims azpacr and appidacr). */
export type AuthenticatedClient =
  | { readonly ok: true; readonly application: Application; readonly proof: "1" | "2" }
  | { readonly ok: false; readonly error: EntraError; readonly clientId?: string };

/**
 * Authenticates the client of a token request by client_assertion (its own or another issuer's), by client_secret, or by
 * HTTP Basic (RFC 6749 §2.3.1).
 * @param otherIssuers whose tokens federated credentials may name. @param fields of the form. @param authorization the request's Authorization header.
 */
export async function authenticateClient(
  directory: EntraDirectory,
  assertions: ClientAssertionVerifier,
  otherIssuers: IssuerRegistry,
  tenantId: string,
  fields: ReadonlyMap<string, string>,
  authorization: string | undefined,
): Promise<AuthenticatedClient> {
  const basic = authorization === undefined ? undefined : parseBasic(authorization);
  if (authorization !== undefined && basic === undefined) return { ok: false, error: entraErrors.malformedRequest() };
  const assertion = fields.get("client_assertion");
  const secret = basic?.secret ?? fields.get("client_secret");
  const clientId =
    basic?.clientId ?? fields.get("client_id") ?? (assertion === undefined ? undefined : subjectOf(assertion));
  if (clientId === undefined) return { ok: false, error: entraErrors.missingParameter("client_id") };

  const refused = (error: EntraError): AuthenticatedClient => ({ ok: false, error, clientId });
  // One method only: with two, a wrong one could hide behind a right one.
  if (assertion !== undefined && secret !== undefined) return refused(entraErrors.malformedRequest());
  if (basic !== undefined && (fields.has("client_secret") || (fields.get("client_id") ?? clientId) !== clientId)) {
    return refused(entraErrors.malformedRequest());
  }
  const application = directory.findByClientId(clientId);
  if (application === undefined) return refused(entraErrors.unknownApplication(printable(clientId), tenantId));
  if (application.servicePrincipal === undefined)
    return refused(entraErrors.missingServicePrincipal(clientId, tenantId));
  if (!application.servicePrincipal.enabled)
    return refused(entraErrors.disabledApplication(clientId, application.displayName));

  if (assertion !== undefined) {
    if (fields.get("client_assertion_type") !== jwtBearerAssertionType) return refused(entraErrors.malformedRequest());
    const token = parseCompactJwt(assertion);
    // An application signs in its own name; what another issuer signed is a federated credential.
    if (token !== undefined && token.claims["iss"] !== clientId) {
      const federated = directory.federatedCredentials(application);
      if (federated.length > 0) {
        const refusal = await checkFederatedCredential(token, federated, otherIssuers);
        return refusal === undefined ? { ok: true, application, proof: "2" } : refused(refusal);
      }
    }
    const check = await assertions.verify(assertion, application, directory.certificates(application));
    return check.ok ? { ok: true, application, proof: "2" } : refused(check.error);
  }
  if (secret === undefined) return refused(entraErrors.missingCredential());
  const match = directory.passwords(application).find((password) => isSameSecret(secret, password.value));
  if (match === undefined) return refused(entraErrors.badSecret(clientId));
  if (match.notAfter !== undefined && match.notAfter.getTime() <= Date.now())
    return refused(entraErrors.expiredSecret(clientId));
  return { ok: true, application, proof: "1" };
}

/** Who an assertion says it is of; only used to look up whose certificates it must be checked with. */
function subjectOf(assertion: string): string | undefined {
  const subject = parseCompactJwt(assertion)?.claims["sub"];
  return typeof subject === "string" ? subject : undefined;
}

function parseBasic(header: string): { clientId: string; secret: string } | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/]+={0,2})$/i.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  const [id, ...rest] = Buffer.from(encoded, "base64").toString("utf8").split(":");
  if (id === undefined || id === "" || rest.length === 0) return undefined;
  try {
    const decode = (text: string): string => decodeURIComponent(text.replaceAll("+", "%20"));
    return { clientId: decode(id), secret: decode(rest.join(":")) };
  } catch {
    return undefined;
  }
}

/** Digests have one length, so the comparison tells nothing of the secret's. */
function isSameSecret(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** What a client sent as an id, fit for an error message. */
export const printable = (text: string): string => text.slice(0, 128).replace(/[^\x20-\x7e]|['"<>]/g, "?");
