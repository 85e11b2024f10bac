import { randomUUID } from "node:crypto";
import type { VirtualHost } from "../network/virtual-host";
import { discoveryHost } from "./discovery-host";
import { Issuer } from "./issuer";

/** An issuer of OpenID Connect tokens that workloads get without a login. */
export interface OidcIssuer {
  readonly issuer: Issuer;
  /** Publishes its keys. */
  readonly host: VirtualHost;
  /** A token with these claims, made out for the audience. */
  tokenFor(claims: Readonly<Record<string, unknown>>, audience: string): Promise<string>;
}

export interface OidcIssuerOptions {
  readonly jwksPath?: string;
  /** Seconds; an hour unless told. */
  readonly lifetimeSeconds?: number;
}

/** Any issuer, under its real name, with keys of the twin's own. */
export function createOidcIssuer(url: string, options: OidcIssuerOptions = {}): OidcIssuer {
  const issuer = new Issuer(url);
  const { jwksPath = "/.well-known/jwks.json", lifetimeSeconds = 3600 } = options;
  return {
    issuer,
    host: discoveryHost(issuer, { jwksPath }),
    tokenFor: (claims, audience) =>
      issuer.sign({ jti: randomUUID(), aud: audience, ...claims }, { expiresInSeconds: lifetimeSeconds }),
  };
}
