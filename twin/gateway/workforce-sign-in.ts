import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { FederatedIdentity } from "../../analysis";
import { workforceSignInCallback } from "../../facts/google-endpoints";
import { tokenExchangeErrors } from "../../facts/token-exchange";
import { cloudSdkClientId, cloudSdkCodePage, isCloudSdkRedirect } from "../../facts/workforce";
import type { DecisionLog } from "../events";
import type { VirtualHost } from "../network/virtual-host";
import type { ResourceStore } from "../store/resource-store";
import type { CloudSdkTokens } from "./cloud-sdk-tokens";
import type { PublicOrigin, TwinFetch, WorkforceAccess } from "./collaborators";
import { cookieValues, setCookie } from "./cookies";
import { ExpiringValues } from "./expiring-values";
import { checkOAuthClient } from "./oauth-clients";
import { OpenIdProvider } from "./openid-provider";
import { sendPage, sendRedirect } from "./page";
import { publicUrl, realUrl } from "./public-url";
import { readRequestTarget } from "./request-path";
import { WorkforceCodes } from "./workforce-codes";
import { findWorkforcePool, findWorkforceProvider, type WorkforceProvider } from "./workforce-pools";

/** A sign-in between the redirect to the identity provider and its callback. */
interface SignInUnderWay {
  readonly provider: string;
  readonly clientId: string;
  readonly redirectUri: string;
  /** The OAuth client's own state. */
  readonly clientState: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  /** Digest of the browser's cookie. */
  readonly browser: string;
  /** Of gcloud, which has no secret to redeem a code with; undefined for IAP. */
  readonly codeChallenge?: string;
  /** What gcloud asked for. */
  readonly scopes?: readonly string[];
}

export interface WorkforceSignInOptions {
  readonly store: ResourceStore;
  readonly decisions: DecisionLog;
  readonly access: WorkforceAccess;
  readonly fetch: TwinFetch;
  readonly publicOrigin: PublicOrigin;
  /** Takes over where gcloud asked for the sign-in; without it nobody signs in for gcloud. */
  readonly cloudSdk?: CloudSdkTokens | undefined;
}

const limit = 10_000;
const signInSeconds = 600;
const browserCookie = "__Host-WORKFORCE_SIGN_IN";
const providerPath = "(locations/global/workforcePools/[a-z0-9-]+/providers/[a-z0-9-]+)";
const signInPath = new RegExp(`^/signin/${providerPath}$`);
const callbackPath = new RegExp(`^/signin-callback/${providerPath}$`);

/**
 * auth.cloud.google: signs a person in at the identity provider of a workforce provider, by the authorization code flow
 * with PKCE, and hands the OAuth client that asked (IAP) a one-time code.
 *
 * At the identity provider the redirect URI is registered as `workforceSignInCallback(pool, provider)`; the request
 * carries its form in the twin (`https://auth.cloud.google.localhost:PORT/…`), and the twin's Entra maps it back before
 * it compares.
 */
export class WorkforceSignIn {
  readonly codes: WorkforceCodes;
  readonly #options: WorkforceSignInOptions;
  readonly #openId: OpenIdProvider;
  readonly #underWay = new ExpiringValues<SignInUnderWay>(limit);

  constructor(options: WorkforceSignInOptions) {
    this.#options = options;
    this.#openId = new OpenIdProvider(options);
    this.codes = new WorkforceCodes(options.store);
  }

  get host(): VirtualHost {
    return { hostname: "auth.cloud.google", handle: (request, response) => this.#handle(request, response) };
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = readRequestTarget(request.url ?? "");
    const path = target.ok ? target.path : "";
    const parameters = new URLSearchParams(target.ok ? target.query : "");
    const attempt = new SignInAttempt(this.#options.decisions, request, response, path);
    const [signIn, callback] = [signInPath.exec(path)?.[1], callbackPath.exec(path)?.[1]];
    if (request.method === "GET" && path === "/authorize" && this.#options.cloudSdk !== undefined) {
      await this.#beginForCloudSdk(attempt, parameters);
    } else if (request.method !== "GET" || (signIn === undefined && callback === undefined)) {
      attempt.refuse(404, "Not found.", "This host serves the sign-in of workforce pools.");
    } else if (signIn !== undefined) {
      await this.#begin(attempt, signIn, parameters);
    } else if (callback !== undefined) {
      await this.#finish(attempt, callback, parameters);
    }
  }

  /** `/signin/locations/global/workforcePools/P/providers/PR`: on to the identity provider. */
  async #begin(attempt: SignInAttempt, providerName: string, parameters: URLSearchParams): Promise<void> {
    const clientId = parameters.get("client_id") ?? "";
    const redirectUri = realUrl(parameters.get("redirect_uri") ?? "");
    const clientError = checkOAuthClient(this.#options.store, clientId, redirectUri);
    // On the page, not by redirect: an address that is not registered is not to be visited (RFC 6749 §4.1.2.1).
    if (clientError !== undefined) {
      attempt.refuse(400, `Error 400: ${clientError.code}`, clientError.message);
      return;
    }
    const clientState = parameters.get("state") ?? "";
    const chooses = parameters.get("prompt") === "select_account";
    await this.#toIdentityProvider(attempt, providerName, { clientId, redirectUri, clientState }, chooses);
  }

  /** `/authorize`: gcloud, a public client (RFC 8252), which proves by PKCE that a code is its own. */
  async #beginForCloudSdk(attempt: SignInAttempt, parameters: URLSearchParams): Promise<void> {
    const of = (name: string) => parameters.get(name) ?? "";
    const [redirectUri, codeChallenge] = [of("redirect_uri"), of("code_challenge")];
    const isProven = of("code_challenge_method") === "S256" && /^[\w-]{43}$/.test(codeChallenge);
    if (of("client_id") !== cloudSdkClientId || !isCloudSdkRedirect(redirectUri) || !isProven) {
      const explanation = "Expected gcloud's client id and redirect URI, and a code challenge of the method S256.";
      attempt.refuse(400, "Error 400: invalid_request", explanation);
      return;
    }
    const client = {
      clientId: cloudSdkClientId,
      redirectUri,
      clientState: of("state"),
      codeChallenge,
      scopes: of("scope").split(" "),
    };
    const providerName = new RegExp(`^${providerPath}$`).exec(of("provider_name"))?.[1] ?? "";
    const pool = findWorkforcePool(this.#options.store, providerName.replace(/\/providers\/.*$/, ""));
    if (pool?.programmaticSignInDisabled === true) {
      attempt.refuse(403, "Programmatic sign-in is disabled.", "access_restrictions of the pool keep gcloud out.");
      return;
    }
    await this.#toIdentityProvider(attempt, providerName, client, false);
  }

  async #toIdentityProvider(
    attempt: SignInAttempt,
    providerName: string,
    client: Pick<SignInUnderWay, "clientId" | "redirectUri" | "clientState" | "codeChallenge" | "scopes">,
    choosesAccount: boolean,
  ): Promise<void> {
    const provider = this.#activeProvider(attempt, providerName);
    if (provider === undefined) return;
    const discovery = await this.#openId.discover(provider.issuer);
    if (!discovery.ok) {
      attempt.refuse(502, discovery.error.errorDescription, discovery.explanation);
      return;
    }
    const [nonce, codeVerifier, browser] = [randomValue(), randomValue(), browserOf(attempt.request) ?? randomValue()];
    const state = this.#underWay.put(
      { ...client, provider: providerName, nonce, codeVerifier, browser: digestOf(browser) },
      signInSeconds,
    );
    const address = new URL(publicUrl(this.#options.publicOrigin, discovery.value.authorization_endpoint));
    address.search = new URLSearchParams({
      client_id: provider.clientId,
      response_type: "code",
      response_mode: "query",
      redirect_uri: this.#callbackUri(providerName),
      scope: provider.webSignIn?.scopes.join(" ") ?? "openid",
      state,
      nonce,
      code_challenge: digestOf(codeVerifier),
      code_challenge_method: "S256",
      ...(choosesAccount ? { prompt: "select_account" } : {}),
    }).toString();
    sendRedirect(attempt.response, address.href, [setCookie(browserCookie, browser, signInSeconds)]);
  }

  /** `/signin-callback/…`: back from the identity provider. */
  async #finish(attempt: SignInAttempt, providerName: string, parameters: URLSearchParams): Promise<void> {
    const begun = this.#underWay.take(parameters.get("state") ?? "");
    const browser = browserOf(attempt.request);
    if (begun?.provider !== providerName || browser === undefined || !equal(digestOf(browser), begun.browser)) {
      attempt.refuse(
        400,
        "invalid_request: The state is unknown.",
        "The sign-in has expired, was finished already, or was begun in another browser.",
      );
      return;
    }
    const error = parameters.get("error");
    if (error !== null) {
      attempt.refuse(403, error, parameters.get("error_description") ?? "The identity provider refused the sign-in.");
      return;
    }
    const provider = this.#activeProvider(attempt, providerName);
    if (provider === undefined) return;
    const claims = await this.#claims(provider, parameters.get("code") ?? "", begun);
    if (!claims.ok) {
      attempt.refuse(403, claims.error.errorDescription, claims.explanation);
      return;
    }
    const decision = this.#options.access.admit(providerName, {
      issuer: provider.issuer,
      audiences: [provider.clientId],
      claims: claims.value,
    });
    if (!decision.admitted) {
      attempt.refuse(403, decision.error.errorDescription, decision.explanation);
      return;
    }
    if (begun.codeChallenge !== undefined) {
      this.#finishForCloudSdk(attempt, begun, begun.codeChallenge, decision.identity);
      return;
    }
    const { clientId, redirectUri, clientState } = begun;
    const code = this.codes.issue({ clientId, redirectUri, identity: decision.identity });
    attempt.record("allowed", decision.explanation);
    const address = `${publicUrl(this.#options.publicOrigin, redirectUri)}?${new URLSearchParams({ code, state: clientState })}`;
    sendRedirect(attempt.response, address);
  }

  #finishForCloudSdk(
    attempt: SignInAttempt,
    { redirectUri, clientState, scopes = [] }: SignInUnderWay,
    codeChallenge: string,
    identity: FederatedIdentity,
  ): void {
    const code = this.#options.cloudSdk?.issueCode({ identity, redirectUri, codeChallenge, scopes });
    if (code === undefined) return;
    attempt.record("allowed", "gcloud gets a code.");
    if (redirectUri !== cloudSdkCodePage) {
      sendRedirect(attempt.response, `${redirectUri}?${new URLSearchParams({ code, state: clientState })}`);
      return;
    }
    sendPage(attempt.response, {
      status: 200,
      title: "Sign in to the gcloud CLI",
      paragraphs: ["Enter the following verification code in gcloud CLI on the machine you want to log into."],
      details: [["Code", code]],
    });
  }

  async #claims(provider: WorkforceProvider, code: string, begun: SignInUnderWay) {
    const discovery = await this.#openId.discover(provider.issuer);
    if (!discovery.ok) return discovery;
    const redirectUri = this.#callbackUri(provider.name);
    const idToken = await this.#openId.redeem(discovery.value, provider, {
      code,
      redirectUri,
      codeVerifier: begun.codeVerifier,
    });
    return idToken.ok ? this.#openId.verify(discovery.value, provider, idToken.value, begun.nonce) : idToken;
  }

  /** The provider if people may sign in through it now; otherwise says why not and gives undefined. */
  #activeProvider(attempt: SignInAttempt, name: string): WorkforceProvider | undefined {
    const provider = findWorkforceProvider(this.#options.store, name);
    const pool = findWorkforcePool(this.#options.store, name.replace(/\/providers\/.*$/, ""));
    if (provider === undefined || provider.disabled || pool === undefined || pool.disabled) {
      attempt.refuse(
        403,
        tokenExchangeErrors.invalidTarget().errorDescription,
        `${name} or its pool is not applied, or disabled.`,
      );
      return undefined;
    }
    if (provider.webSignIn?.responseType !== "CODE" || provider.clientSecret === undefined) {
      attempt.refuse(
        403,
        "Missing OIDC web single sign-on config.",
        "The provider needs web_sso_config with response_type CODE, and a client secret.",
      );
      return undefined;
    }
    return provider;
  }

  #callbackUri(providerName: string): string {
    const [pool = "", provider = ""] = providerName
      .replace("locations/global/workforcePools/", "")
      .split("/providers/");
    return publicUrl(this.#options.publicOrigin, workforceSignInCallback(pool, provider));
  }
}

/** One request at the sign-in, with what is said of it. */
class SignInAttempt {
  constructor(
    readonly decisions: DecisionLog,
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    readonly path: string,
  ) {}

  record(outcome: "allowed" | "refused", reason: string, explanation?: string): void {
    this.decisions.record({
      by: "workforce-sign-in",
      request: `${this.request.method} https://auth.cloud.google${this.path}`,
      outcome,
      reason,
      ...(explanation === undefined ? {} : { explanation }),
    });
  }

  refuse(status: number, reason: string, explanation: string): void {
    this.record("refused", reason, explanation);
    sendPage(this.response, {
      status,
      title: "You could not be signed in",
      paragraphs: [reason],
      details: [["What is wrong", explanation]],
    });
  }
}

/** The browser's cookie; kept while it lasts, so that several tabs may sign in at once. */
const browserOf = (request: IncomingMessage): string | undefined =>
  cookieValues(request.headers.cookie, browserCookie).find((value) => /^[\w-]{43}$/.test(value));

const randomValue = (): string => randomBytes(32).toString("base64url");
const digestOf = (value: string): string => createHash("sha256").update(value).digest("base64url");
const equal = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
