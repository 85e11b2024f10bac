import { createOidcIssuer, type OidcIssuer } from "./oidc-issuer";

/** JWT-SVIDs are short-lived: five minutes. */
const lifetimeSeconds = 300;

/** The OIDC discovery provider of a SPIFFE trust domain. Source: github.com/spiffe/spiffe, standards/JWT-SVID.md. */
export function createSpiffeIssuer(url: string): OidcIssuer & {
  jwtSvid(spiffeId: string, audience: string): Promise<string>;
} {
  const spiffe = createOidcIssuer(url, { jwksPath: "/keys", lifetimeSeconds });
  return { ...spiffe, jwtSvid: (spiffeId, audience) => spiffe.tokenFor({ sub: spiffeId, aud: [audience] }, audience) };
}
