import { entraLoginOrigin } from "../../facts/entra";
import {
  awsClaims,
  azureDevOpsClaims,
  type DocumentedClaim,
  entraClaims,
  githubClaims,
  gitlabClaims,
  googleClaims,
  hcpTerraformClaims,
  x509Claims,
} from "../../facts/issuer-claims";
import { githubActionsIssuer, gitlabIssuer, googleIssuer, hcpTerraformIssuer } from "../../facts/issuers";
import { type ClaimKind, type Claims, claimsOf } from "./claim";

type Documented = Readonly<Record<string, DocumentedClaim>>;
type KindsOf<D extends Documented> = { readonly [N in keyof D]: D[N]["kind"] & ClaimKind };

/** The claims that an issuer documents, each with the comparisons that its kind allows. */
export function documentedClaims<const D extends Documented>(documented: D): Claims<KindsOf<D>> {
  const kinds = Object.fromEntries(Object.entries(documented).map(([name, { kind }]) => [name, kind]));
  return claimsOf(kinds as KindsOf<D>);
}

/** Longest values, in bytes, of the claims of an issuer that is known; none of others. */
export function claimBytesOf(issuer: string): Readonly<Record<string, number>> {
  const documented = Object.entries(documentedBy(issuer));
  return Object.fromEntries(documented.flatMap(([name, { bytes }]) => (bytes === undefined ? [] : [[name, bytes]])));
}

/** @param issuer URL of an OpenID Connect issuer, or "aws" or "x509" */
function documentedBy(issuer: string): Documented {
  switch (issuer.replace(/\/$/, "")) {
    case githubActionsIssuer:
      return githubClaims;
    case gitlabIssuer:
      return gitlabClaims;
    case hcpTerraformIssuer:
      return hcpTerraformClaims;
    case googleIssuer:
      return googleClaims;
    case "aws":
      return awsClaims;
    case "x509":
      return x509Claims;
  }
  return issuer.startsWith(`${entraLoginOrigin}/`) ? { ...entraClaims, ...azureDevOpsClaims } : {};
}
