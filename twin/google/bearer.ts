import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type GoogleApiError, googleApiErrors } from "../../facts/token-exchange";
import type { AccessTokenRecord, TokenStore } from "./token-store";

/** The token of an Authorization header (RFC 6750 §2.1); undefined where there is none, or more than one. */
export function bearerToken(request: IncomingMessage): string | undefined {
  const headers = request.headersDistinct["authorization"] ?? [];
  return headers.length === 1 ? /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i.exec(headers[0] ?? "")?.[1] : undefined;
}

export type Caller =
  | { readonly known: true; readonly token: AccessTokenRecord }
  | { readonly known: false; readonly error: GoogleApiError; readonly explanation: string };

/**
 * Whom the request's access token stands for.
 * @param scopes any one of these is enough.
 */
export function authenticate(request: IncomingMessage, tokens: TokenStore, scopes: readonly string[]): Caller {
  const value = bearerToken(request);
  const token = value === undefined ? undefined : tokens.find(value);
  if (token === undefined) {
    return {
      known: false,
      error: googleApiErrors.unauthenticated(),
      explanation:
        value === undefined
          ? "The request carries no access token."
          : "The access token is unknown, has expired, or its pool or account is disabled.",
    };
  }
  if (!token.scopes.some((scope) => scopes.includes(scope))) {
    return {
      known: false,
      error: {
        httpStatus: 403,
        status: "PERMISSION_DENIED",
        message: "Request had insufficient authentication scopes.",
      },
      explanation: `The access token has none of the scopes ${scopes.join(", ")}.`,
    };
  }
  return { known: true, token };
}

/** Whether the request carries exactly this token. Compared in constant time. */
export function carriesToken(request: IncomingMessage, expected: string): boolean {
  const given = Buffer.from(bearerToken(request) ?? "");
  const wanted = Buffer.from(expected);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** An identity in words for the log: the account's address, or pool and subject. */
export function identityName(record: AccessTokenRecord): string {
  const { identity } = record;
  return identity.kind === "service-account" ? identity.email : `${identity.pool}/subject/${identity.subject}`;
}
