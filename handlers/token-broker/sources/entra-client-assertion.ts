import { randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import { z } from "zod";
import { aadstsExplanations } from "../../../facts/aadsts";
import { entraLoginOrigin, entraTokenEndpoint, jwtBearerAssertionType } from "../../../facts/entra";
import { tokenTypes } from "../../../facts/token-exchange";
import type { EntraClientAssertionConfig } from "../config";
import { isPassing, parseRefusal, parseSuccess, refusal, tokenText } from "../upstream/answer";
import type { Send, UpstreamRequest, UpstreamResponse } from "../upstream/upstream-request";
import type { EntraCredential } from "./entra-credential";
import type { ExternalToken, ExternalTokenSource } from "./external-token-source";

/** Seconds of life of an assertion; Entra advises five to ten minutes. */
const assertionLifetime = 300;

type Application = Pick<EntraClientAssertionConfig, "tenantId" | "clientId" | "scope">;

/**
 * A JWT by which the broker's application proves itself at Entra, for one request only.
 * Source: RFC 7523 §2.2; learn.microsoft.com/entra/identity-platform/certificate-credentials.
 */
export function clientAssertion(application: Application, credential: EntraCredential, now: Date): Promise<string> {
  const issuedAt = Math.floor(now.getTime() / 1000);
  return new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({ alg: "PS256", typ: "JWT", "x5t#S256": credential.certificateThumbprint })
    .setAudience(entraTokenEndpoint(application.tenantId))
    .setIssuer(application.clientId)
    .setSubject(application.clientId)
    .setNotBefore(issuedAt)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + assertionLifetime)
    .sign(credential.key);
}

/** RFC 6749 §4.4 with the client authentication of RFC 7523 §2.2. */
export function clientCredentialsRequest(application: Application, assertion: string, origin: string): UpstreamRequest {
  return {
    upstream: "entra",
    // The audience of the assertion stays the real endpoint, wherever the request goes.
    url: entraTokenEndpoint(application.tenantId).replace(entraLoginOrigin, origin),
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: application.clientId,
      scope: application.scope,
      client_assertion_type: jwtBearerAssertionType,
      client_assertion: assertion,
    }).toString(),
    secrets: [assertion],
  };
}

const successSchema = z.object({
  access_token: tokenText,
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.coerce.number().int().positive(),
});
const refusalSchema = z.object({ error: z.string().min(1), error_description: z.string().default("") });

/** @throws {UpstreamError} Whose code is Entra's AADSTS number where it gave one. */
export function processClientCredentialsResponse(response: UpstreamResponse, receivedAt: Date): ExternalToken {
  if (response.status === 200) {
    const { access_token, expires_in } = parseSuccess("entra", response, successSchema);
    return { token: access_token, type: tokenTypes.jwt, expiresAt: new Date(receivedAt.getTime() + expires_in * 1000) };
  }
  const said = parseRefusal(response, refusalSchema);
  if (said === undefined) throw refusal("entra", response, undefined);
  const [, code, sentence] = /^(AADSTS\d+):?\s*([^\r\n]*)/.exec(said.error_description) ?? [];
  // "Trace ID", "Correlation ID" and "Timestamp" follow on the same line in newer answers.
  const description = (sentence ?? said.error_description).replace(/\s*Trace ID:.*$/s, "");
  const explanation = code === undefined ? undefined : aadstsExplanations[code.slice("AADSTS".length)];
  throw refusal(
    "entra",
    response,
    {
      code: code ?? said.error,
      description: `${said.error}: ${description}`,
      ...(explanation && { remedy: `${explanation.meaning}: ${explanation.remedy}` }),
    },
    isPassing(response.status) || explanation?.passing === true,
  );
}

/**
 * The Entra application's own token, by client credentials with a certificate.
 *
 * @param credential The present one: it may be replaced while the broker runs.
 */
export function entraClientAssertionSource(
  application: Application,
  credential: () => EntraCredential,
  tools: {
    readonly origin: string;
    readonly send: Send;
    readonly now: () => Date;
    /** Called for each assertion that is signed, with the SHA-256 of the certificate. */
    readonly onSigned?: (certificateThumbprint: string) => void;
  },
): ExternalTokenSource {
  return {
    async fetch(signal) {
      const signer = credential();
      const assertion = await clientAssertion(application, signer, tools.now());
      tools.onSigned?.(signer.certificateThumbprint);
      const response = await tools.send(clientCredentialsRequest(application, assertion, tools.origin), signal);
      return processClientCredentialsResponse(response, tools.now());
    },
  };
}
