import type { ResourceStore } from "../store/resource-store";
import { block, flag, text, texts } from "./resource-values";

/** An applied workforce pool. */
export interface WorkforcePool {
  /** `locations/global/workforcePools/P`. */
  readonly name: string;
  readonly disabled: boolean;
  readonly sessionSeconds: number;
  /** Whether people may sign in with a browser only, not for gcloud and the API. */
  readonly programmaticSignInDisabled: boolean;
  /** Names of its providers, disabled ones too. */
  readonly providers: readonly string[];
}

/** An applied workforce provider of the OIDC kind. */
export interface WorkforceProvider {
  /** `locations/global/workforcePools/P/providers/PR`. */
  readonly name: string;
  readonly disabled: boolean;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  /** Uploaded keys, in place of the issuer's published ones. */
  readonly jwksJson: string | undefined;
  /** Undefined without web_sso_config: then nobody can sign in with a browser. */
  readonly webSignIn: { readonly scopes: readonly string[]; readonly responseType: string } | undefined;
}

/** Google's default of session_duration. */
const defaultSessionSeconds = 3600;

export function findWorkforcePool(store: ResourceStore, name: string): WorkforcePool | undefined {
  const pool = store.find("google_iam_workforce_pool", ({ values }) => text(values, "name") === name);
  if (pool === undefined) return undefined;
  const seconds = /^([0-9]+)(\.[0-9]+)?s$/.exec(text(pool.values, "session_duration") ?? "")?.[1];
  return {
    name,
    disabled: flag(pool.values, "disabled"),
    sessionSeconds: seconds === undefined ? defaultSessionSeconds : Number(seconds),
    programmaticSignInDisabled: flag(block(pool.values, "access_restrictions") ?? {}, "disable_programmatic_signin"),
    providers: store.ofType("google_iam_workforce_pool_provider").flatMap(({ values }) => {
      const provider = text(values, "name");
      return provider?.startsWith(`${name}/providers/`) ? [provider] : [];
    }),
  };
}

export function findWorkforceProvider(store: ResourceStore, name: string): WorkforceProvider | undefined {
  const provider = store.find("google_iam_workforce_pool_provider", ({ values }) => text(values, "name") === name);
  const oidc = provider && block(provider.values, "oidc");
  const issuer = oidc && text(oidc, "issuer_uri");
  const clientId = oidc && text(oidc, "client_id");
  if (provider === undefined || oidc === undefined || issuer === undefined || clientId === undefined) return undefined;
  const secret = block(oidc, "client_secret");
  const secretValue = secret && block(secret, "value");
  const webSignIn = block(oidc, "web_sso_config");
  return {
    name,
    disabled: flag(provider.values, "disabled"),
    issuer,
    clientId,
    clientSecret: secretValue && text(secretValue, "plain_text"),
    jwksJson: text(oidc, "jwks_json"),
    webSignIn: webSignIn && {
      scopes: ["openid", ...texts(webSignIn, "additional_scopes")],
      responseType: text(webSignIn, "response_type") ?? "",
    },
  };
}
