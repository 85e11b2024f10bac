import { randomUUID } from "node:crypto";
import { googleIssuer } from "../../facts/issuers";
import type { VirtualHost } from "../network/virtual-host";
import { discoveryHost } from "./discovery-host";
import { Issuer } from "./issuer";

/** A person's Google Workspace account. */
export interface WorkspaceAccount {
  /** Numeric, and never given to another account. */
  readonly subject: string;
  readonly email: string;
  readonly displayName?: string;
  /** Absent for a private Google account: such a token has no `hd`. */
  readonly hostedDomain?: string;
  /** True unless told. */
  readonly emailVerified?: boolean;
}

export interface ServiceAccountTokenRequest {
  readonly uniqueId: string;
  readonly email: string;
  /** Whatever the caller asks for: an audience proves nothing about the caller. */
  readonly audience: string;
  readonly includeEmail: boolean;
}

export interface GoogleAccounts {
  readonly issuer: Issuer;
  readonly host: VirtualHost;
  /** The ID token of a person who signed in to the OAuth client `clientId` (its `azp` and `aud`). */
  userToken(account: WorkspaceAccount, clientId: string): Promise<string>;
  /** The ID token of a service account, as generateIdToken and the metadata server give it. */
  serviceAccountToken(request: ServiceAccountTokenRequest): Promise<string>;
}

/**
 * Google's issuer of ID tokens, for people and for service accounts.
 * Source: developers.google.com/identity/openid-connect/openid-connect#an-id-tokens-payload.
 */
export function createGoogleAccounts(): GoogleAccounts {
  const issuer = new Issuer(googleIssuer);
  return {
    issuer,
    host: discoveryHost(issuer, { jwksPath: "/oauth2/v3/certs" }),
    userToken: (account, clientId) =>
      issuer.sign({
        azp: clientId,
        aud: clientId,
        sub: account.subject,
        ...(account.hostedDomain === undefined ? {} : { hd: account.hostedDomain }),
        email: account.email,
        email_verified: account.emailVerified ?? true,
        ...(account.displayName === undefined ? {} : { name: account.displayName }),
        jti: randomUUID(),
      }),
    serviceAccountToken: (request) =>
      issuer.sign({
        aud: request.audience,
        azp: request.uniqueId,
        sub: request.uniqueId,
        ...(request.includeEmail ? { email: request.email, email_verified: true } : {}),
      }),
  };
}
