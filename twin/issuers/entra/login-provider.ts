import { randomBytes } from "node:crypto";
import type {
  Adapter,
  AdapterPayload,
  Configuration,
  KoaContextWithOIDC,
  Provider as ProviderType,
} from "oidc-provider";
import { base, Check, Prompt } from "oidc-provider/lib/helpers/interaction_policy/index.js";
import { Provider } from "oidc-provider/lib/provider.js";
import type { Issuer } from "../issuer";
import type { EntraDirectory } from "./directory";
import { type EntraError, entraErrorBody, entraErrors } from "./error";
import { MemoryAdapter } from "./memory-adapter";
import { errorPage, pageHeaders, signedOutPage, signOutPage } from "./pages";
import { type EntraPerson, idTokenClaims, isAssigned, pairwiseSubject } from "./people";
import { type PublicOrigin, reachableRedirectUri } from "./redirect-uri";

export interface LoginOptions {
  readonly tenantId: string;
  readonly issuer: Issuer;
  readonly directory: EntraDirectory;
  readonly people: readonly EntraPerson[];
  readonly publicOrigin: PublicOrigin;
}

/** Paths of the tenant's endpoints, as Entra has them. */
export const entraPaths = (tenantId: string) =>
  ({
    discovery: `/${tenantId}/v2.0/.well-known/openid-configuration`,
    keys: `/${tenantId}/discovery/v2.0/keys`,
    authorize: `/${tenantId}/oauth2/v2.0/authorize`,
    token: `/${tenantId}/oauth2/v2.0/token`,
    logout: `/${tenantId}/oauth2/v2.0/logout`,
    /** The login page; an id of the sign-in follows. */
    login: `/${tenantId}/login`,
  }) as const;

const scopes = ["openid", "profile", "email"];

/** The interactive login of a tenant, on oidc-provider: sessions, authorization codes and ID tokens. */
export class LoginProvider {
  /**
   * Secret by which every client authenticates to oidc-provider, known to nobody else. Entra's own rules for client
   * credentials (several passwords, their dates, its errors) are checked before a request gets here.
   */
  readonly internalSecret = randomBytes(32).toString("base64url");
  readonly #options: LoginOptions;
  readonly #cookieKeys = [randomBytes(32).toString("base64url")];
  readonly #adapters = new Map<string, Adapter>();
  #built: { readonly keyId: string; readonly provider: ProviderType } | undefined;

  constructor(options: LoginOptions) {
    this.#options = options;
  }

  /** The provider with the issuer's current keys; sessions outlast a change of keys. */
  current(): ProviderType {
    const keyId = this.#options.issuer.jwks().keys[0]?.kid ?? "";
    if (this.#built?.keyId !== keyId) this.#built = { keyId, provider: this.#build() };
    return this.#built.provider;
  }

  #build(): ProviderType {
    const { issuer, tenantId } = this.#options;
    const provider = new Provider(issuer.issuer, this.#configuration());
    // The front tells scheme and host by headers that this host sets itself.
    provider.proxy = true;
    // Koa would print every error; what matters is answered and reported.
    provider.silent = true;
    speakEntrasErrors(provider, entraPaths(tenantId).token);
    return provider;
  }

  #configuration(): Configuration {
    const { issuer, tenantId, directory } = this.#options;
    const paths = entraPaths(tenantId);
    const policy = base();
    policy.remove("consent");
    policy.add(new Prompt({ name: "select_account", requestable: true }), 0);
    policy.add(
      new Prompt(
        { name: "assignment" },
        new Check("not_assigned", "no assignment", "access_denied", (ctx) => !this.#mayProceed(ctx)),
      ),
    );
    const cookie = { signed: true, httpOnly: true, secure: true, sameSite: "lax", overwrite: true } as const;
    return {
      adapter: (name: string) => this.#adapter(name),
      jwks: issuer.signingJwks(),
      routes: { authorization: paths.authorize, token: paths.token, jwks: paths.keys, end_session: paths.logout },
      cookies: {
        keys: this.#cookieKeys,
        names: { session: "ESTSAUTHPERSISTENT", interaction: "esctx", resume: "esresume" },
        long: cookie,
        short: cookie,
      },
      scopes,
      responseTypes: ["code"],
      clientAuthMethods: ["client_secret_post"],
      pkce: { required: () => false },
      conformIdTokenClaims: false,
      claims: {
        openid: ["sub", "oid", "tid", "ver", "nbf", "groups", "roles"],
        profile: ["name", "preferred_username"],
        email: ["email"],
      },
      findAccount: (ctx, id) => {
        const person = this.#person(id);
        if (person === undefined) return undefined;
        return {
          accountId: id,
          claims: async () => {
            const application = directory.findByClientId(ctx.oidc.client?.clientId ?? "");
            const claims = application === undefined ? {} : idTokenClaims(directory, tenantId, application, person);
            return { ...claims, sub: id };
          },
        };
      },
      subjectTypes: ["pairwise"],
      pairwiseIdentifier: (_ctx, id, client) => pairwiseSubject(tenantId, client.clientId, id),
      // The sector only tells oidc-provider that redirect URIs on several hosts are one application; nothing is fetched.
      sectorIdentifierUriValidate: () => false,
      loadExistingGrant: grantEverythingAsked,
      interactions: { policy, url: (_ctx, interaction) => `${paths.login}/${interaction.uid}` },
      clientBasedCORS: () => false,
      features: {
        devInteractions: { enabled: false },
        userinfo: { enabled: false },
        rpInitiatedLogout: {
          enabled: true,
          logoutSource: (ctx, form) => showPage(ctx, 200, signOutPage(form)),
          postLogoutSuccessSource: (ctx) => showPage(ctx, 200, signedOutPage()),
        },
      },
      renderError: (ctx, out) => showPage(ctx, 400, errorPage(pageError(out.error))),
      // Seconds.
      ttl: {
        AccessToken: 3600,
        AuthorizationCode: 600,
        IdToken: 3600,
        Interaction: 3600,
        Session: 86_400,
        Grant: 86_400,
      },
    };
  }

  #mayProceed(ctx: KoaContextWithOIDC): boolean {
    const person = this.#person(ctx.oidc.session?.accountId);
    const application = this.#options.directory.findByClientId(ctx.oidc.client?.clientId ?? "");
    return (
      person !== undefined && application !== undefined && isAssigned(this.#options.directory, application, person)
    );
  }

  #person(id: string | undefined): EntraPerson | undefined {
    return this.#options.people.find((person) => person.entraObjectId === id);
  }

  #adapter(name: string): Adapter {
    const known = this.#adapters.get(name);
    if (known !== undefined) return known;
    const adapter = name === "Client" ? this.#clients() : new MemoryAdapter(name === "AuthorizationCode");
    this.#adapters.set(name, adapter);
    return adapter;
  }

  /** Clients are the applications of the directory, as they are at this moment. */
  #clients(): Adapter {
    const adapter = new MemoryAdapter();
    adapter.find = async (clientId: string): Promise<AdapterPayload | undefined> => {
      const application = this.#options.directory.findByClientId(clientId);
      if (application?.servicePrincipal?.enabled !== true) return undefined;
      const { directory, publicOrigin } = this.#options;
      const redirectUris = directory.redirectUris(application).map((uri) => reachableRedirectUri(uri, publicOrigin));
      return {
        client_id: clientId,
        client_name: application.displayName,
        subject_type: "pairwise",
        sector_identifier_uri: `https://login.microsoftonline.com/${clientId}`,
        client_secret: this.internalSecret,
        redirect_uris: redirectUris,
        post_logout_redirect_uris: redirectUris,
        grant_types: ["authorization_code"],
        response_types: ["code"],
        token_endpoint_auth_method: "client_secret_post",
      };
    };
    return adapter;
  }
}

/** The administrator has consented for everyone, as is usual for an application of the own tenant. */
async function grantEverythingAsked(ctx: KoaContextWithOIDC) {
  const { client, session, provider, params } = ctx.oidc;
  if (client === undefined || session?.accountId === undefined) return undefined;
  const known = session.grantIdFor(client.clientId);
  const grant =
    (known === undefined ? undefined : await provider.Grant.find(known)) ??
    new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  const asked = typeof params?.["scope"] === "string" ? params["scope"].split(" ") : [];
  grant.addOIDCScope(asked.filter((scope) => scopes.includes(scope)).join(" "));
  await grant.save();
  return grant;
}

/** Puts Entra's codes and words in the place of those of oidc-provider at the token endpoint. */
function speakEntrasErrors(provider: ProviderType, tokenPath: string): void {
  const details = new WeakMap<object, string>();
  provider.on("grant.error", (ctx, error) => details.set(ctx, error.error_detail ?? error.error_description ?? ""));
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.path !== tokenPath || ctx.status < 400) return;
    const error = redemptionError(details.get(ctx) ?? "");
    ctx.status = error.httpStatus;
    ctx.body = entraErrorBody(error);
  });
}

function redemptionError(detail: string): EntraError {
  if (/consumed/.test(detail)) return entraErrors.redeemedCode();
  if (/expired/.test(detail)) return entraErrors.expiredCode();
  if (/redirect_uri/.test(detail)) return entraErrors.redeemedReplyAddress();
  if (/PKCE|code_verifier/.test(detail)) return entraErrors.codeVerifier();
  return entraErrors.badCode();
}

const pageError = (error: string): EntraError =>
  error === "invalid_request" || error === "session_not_found"
    ? entraErrors.endedSession()
    : entraErrors.malformedRequest();

function showPage(ctx: KoaContextWithOIDC, status: number, text: string): void {
  ctx.status = status;
  ctx.set(pageHeaders);
  ctx.body = text;
}
