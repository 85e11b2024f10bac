import { entraLoginOrigin } from "../../facts/entra";
import type { ExternalCredential } from "../access/decision";
import type { Provider } from "../access/federation";

/** Tenant and version of an issuer of Entra. Source: learn.microsoft.com/entra/identity-platform/access-tokens. */
export function entraIssuerForm(
  issuer: string,
): { readonly tenant: string; readonly version: "1.0" | "2.0" } | undefined {
  const second = issuer.startsWith(`${entraLoginOrigin}/`)
    ? /^\/([^/]+)\/v2\.0\/?$/.exec(issuer.slice(entraLoginOrigin.length))
    : null;
  if (second?.[1] !== undefined) return { tenant: second[1], version: "2.0" };
  const first = /^https:\/\/sts\.windows\.net\/([^/]+)\/?$/.exec(issuer);
  return first?.[1] === undefined ? undefined : { tenant: first[1], version: "1.0" };
}

/** Why no provider takes the credential, without saying who issued it. */
export function issuerNote(credential: ExternalCredential, providers: readonly Provider[]): string {
  const issuers = [...new Set(providers.map(({ issuer }) => (issuer.kind === "oidc" ? issuer.issuer : issuer.kind)))];
  const trusted = issuers.length === 0 ? "none is trusted" : `trusted are ${issuers.join(", ")}`;
  if (credential.kind !== "oidc")
    return `no provider takes ${credential.kind === "aws" ? "AWS roles" : "client certificates"}; ${trusted}`;
  return `no provider takes tokens of this issuer${confusion(credential.issuer, issuers) ?? ""}; ${trusted}`;
}

function confusion(issuer: string, trusted: readonly string[]): string | undefined {
  const token = entraIssuerForm(issuer);
  if (token !== undefined) {
    const others = trusted.flatMap((text) => entraIssuerForm(text) ?? []);
    const sameTenant = others.find(({ tenant }) => tenant.toLowerCase() === token.tenant.toLowerCase());
    if (sameTenant !== undefined && sameTenant.version !== token.version)
      return `: it is a version ${token.version} token of Entra, and the provider takes version ${sameTenant.version} (requestedAccessTokenVersion of the resource application)`;
    if (/^(common|organizations|consumers)$/.test(token.tenant)) return ": it names no tenant of Entra";
    if (others.length > 0) return ": it is of another tenant of Entra";
  }
  const same = trusted.find((text) => text.toLowerCase() === issuer.toLowerCase());
  if (same !== undefined) return ": it differs from a trusted one in upper and lower case";
  if (trusted.some((text) => text.replace(/^https?:\/\//, "") === issuer.replace(/^https?:\/\//, "")))
    return ": it differs from a trusted one by its scheme";
  return undefined;
}
