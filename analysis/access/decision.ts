import type { GoogleApiError, TokenExchangeError } from "../../facts/token-exchange";

/** A credential whose signature has been checked by whoever calls; the claims are as the issuer wrote them. */
export type ExternalCredential =
  | {
      readonly kind: "oidc";
      readonly issuer: string;
      readonly audiences: readonly string[];
      readonly claims: Readonly<Record<string, unknown>>;
    }
  | {
      readonly kind: "aws";
      readonly claims: { readonly arn: string; readonly account: string; readonly userid: string };
    }
  | {
      /** A client certificate whose chain has been checked; the claims as `x509Claims` makes them. */
      readonly kind: "x509";
      readonly claims: Readonly<Record<string, unknown>>;
    };

/** Whom a pool turned the credential into. */
export interface FederatedIdentity {
  readonly kind: "federated";
  /** `projects/N/locations/global/workloadIdentityPools/P` or `locations/global/workforcePools/P`. */
  readonly pool: string;
  readonly provider: string;
  readonly subject: string;
  readonly groups: readonly string[];
  /** Custom attributes without the `attribute.` prefix. */
  readonly attributes: Readonly<Record<string, string>>;
  /** google.email and google.display_name of workforce pools, where mapped. */
  readonly email?: string;
  readonly displayName?: string;
}

export interface ServiceAccountIdentity {
  readonly kind: "service-account";
  readonly email: string;
}

export type Identity = FederatedIdentity | ServiceAccountIdentity;

/** What was decided about an exchange, with the reason in Google's words and in ours. */
export type ExchangeDecision =
  | { readonly admitted: true; readonly identity: FederatedIdentity; readonly explanation: string }
  | {
      readonly admitted: false;
      readonly error: TokenExchangeError;
      /** One sentence in plain words: which part refused. Never holds a token; claim values only where public ids. */
      readonly explanation: string;
      /** The part of the condition that was not true, as written. */
      readonly refusedBy?: string;
    };

export type AccessDecision =
  | {
      readonly allowed: true;
      readonly through: { readonly address: string; readonly role: string; readonly member: string };
      readonly explanation: string;
    }
  | { readonly allowed: false; readonly error: GoogleApiError; readonly explanation: string };
