import type { Resource } from "../../analysis";
import { iapRedirectUri } from "../../facts/google-endpoints";
import type { ResourceStore } from "../store/resource-store";
import type { Backend } from "./backends";
import { DerivedValues } from "./derived-values";
import { checkOAuthClient, isClientSecret } from "./oauth-clients";
import { block, text, texts } from "./resource-values";
import { findWorkforcePool, type WorkforcePool } from "./workforce-pools";

/** How IAP signs people in to a backend service. */
export interface IapSettings {
  readonly projectNumber: string;
  readonly generatedId: string;
  readonly pool: WorkforcePool;
  /** The pool's only provider. */
  readonly provider: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
  /** Where a person is sent whom the app does not let in; without it IAP shows a page of its own. */
  readonly accessDeniedPage: string | undefined;
}

export type IapSettingsResult =
  | { readonly ok: true; readonly settings: IapSettings }
  | { readonly ok: false; readonly reason: string; readonly explanation: string };

const refused = (reason: string, explanation: string): IapSettingsResult => ({ ok: false, reason, explanation });

/** Finds the IAP settings of a backend; read from the store again only after it changed. */
export function iapSettingsOf(store: ResourceStore): (backend: Backend) => IapSettingsResult {
  const derived = new DerivedValues<IapSettingsResult>(store);
  return (backend) => derived.get(`${backend.stack}\n${backend.name}`, () => readIapSettings(store, backend));
}

/** Whatever is missing or ambiguous is an error, never a pass. */
function readIapSettings(store: ResourceStore, backend: Backend): IapSettingsResult {
  const found = findSettings(store, backend);
  const access = found && block(found.resource.values, "access_settings");
  const workforce = access && block(access, "workforce_identity_settings");
  if (found === undefined || access === undefined || workforce === undefined) {
    return refused(
      "Empty Google Account OAuth client ID(s)/secret(s).",
      `No google_iap_settings with workforce_identity_settings name the backend service ${backend.name}.`,
    );
  }
  const sources = texts(access, "identity_sources");
  if (
    sources.length !== 1 ||
    sources[0] !== "WORKFORCE_IDENTITY_FEDERATION" ||
    block(access, "gcip_settings") !== undefined
  ) {
    return refused(
      "The IAP settings do not select workforce identities.",
      "identity_sources must be exactly WORKFORCE_IDENTITY_FEDERATION, without gcip_settings, which would switch IAM off.",
    );
  }
  const projectNumber = found.projectNumber ?? backend.projectNumber;
  if (projectNumber === undefined || backend.generatedId === undefined) {
    return refused("The backend service has no audience.", "Its project number or generated_id is not known.");
  }
  const signIn = readSignIn(store, workforce);
  return signIn.ok
    ? {
        ok: true,
        settings: {
          ...signIn.value,
          projectNumber,
          generatedId: backend.generatedId,
          accessDeniedPage: accessDeniedPageOf(found.resource),
        },
      }
    : signIn.refusal;
}

type SignIn = Omit<IapSettings, "projectNumber" | "generatedId" | "accessDeniedPage">;

function accessDeniedPageOf({ values }: Resource): string | undefined {
  const application = block(values, "application_settings");
  const page = application && block(application, "access_denied_page_settings");
  const address = page && text(page, "access_denied_page_uri");
  return address !== undefined && URL.canParse(address) && address.startsWith("https://") ? address : undefined;
}

function readSignIn(
  store: ResourceStore,
  workforce: Resource["values"],
): { readonly ok: true; readonly value: SignIn } | { readonly ok: false; readonly refusal: IapSettingsResult } {
  const no = (reason: string, explanation: string) => ({ ok: false, refusal: refused(reason, explanation) }) as const;
  const pools = texts(workforce, "workforce_pools");
  const [poolName] = pools;
  if (pools.length !== 1 || poolName === undefined) {
    return no("Only one workforce pool is supported.", `workforce_pools names ${pools.length}; IAP takes exactly one.`);
  }
  const pool = findWorkforcePool(store, poolName);
  if (pool === undefined || pool.disabled) {
    return no(
      "The workforce pool is disabled or deleted, or it does not exist.",
      `${poolName} is ${pool === undefined ? "not applied" : "disabled"}.`,
    );
  }
  const [provider] = pool.providers;
  if (pool.providers.length !== 1 || provider === undefined) {
    return no(
      "IAP cannot choose a workforce provider.",
      `${poolName} has ${pool.providers.length} providers; IAP needs a pool with exactly one.`,
    );
  }
  const oauth = block(workforce, "oauth2");
  const clientId = oauth && text(oauth, "client_id");
  const clientSecret = oauth && text(oauth, "client_secret");
  if (clientId === undefined || clientSecret === undefined) {
    return no("invalid_client: The OAuth client was not found.", "workforce_identity_settings.oauth2 is incomplete.");
  }
  const redirectUri = iapRedirectUri(clientId);
  const error = checkOAuthClient(store, clientId, redirectUri);
  if (error !== undefined) {
    return no(`${error.code}: ${error.message}`, `google_iam_oauth_client must allow the redirect URI ${redirectUri}.`);
  }
  if (!isClientSecret(store, clientId, clientSecret)) {
    return no("invalid_client: The provided client secret is invalid.", "No enabled credential of the client has it.");
  }
  return { ok: true, value: { pool, provider, clientId, clientSecret, redirectUri } };
}

const settingsName = /^projects\/([^/]+)\/iap_web\/compute\/services\/([^/]+)$/;

function findSettings(
  store: ResourceStore,
  backend: Backend,
): { readonly resource: Resource; readonly projectNumber: string | undefined } | undefined {
  for (const resource of store.ofType("google_iap_settings")) {
    const [, project, service] = settingsName.exec(text(resource.values, "name") ?? "") ?? [];
    if (resource.stack !== backend.stack || project === undefined) continue;
    if (service !== backend.name && service !== backend.generatedId) continue;
    return { resource, projectNumber: /^[0-9]+$/.test(project) ? project : undefined };
  }
  return undefined;
}
