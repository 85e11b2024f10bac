import type { IncomingMessage, ServerResponse } from "node:http";
import type { FederatedIdentity } from "../../analysis";
import { iapAssertionHeader, iapClearLoginCookie, iapModeParameter, iapServiceAgent } from "../../facts/iap";
import type { DecisionLog } from "../events";
import type { VirtualHost } from "../network/virtual-host";
import type { ResourceStore } from "../store/resource-store";
import type { Backend } from "./backends";
import type { PublicOrigin, ServiceRunner, WorkforceAccess } from "./collaborators";
import { withoutCookies } from "./cookies";
import { iapSubject, signAssertion } from "./iap-assertion";
import type { IapKeys } from "./iap-keys";
import {
  accessDeniedPage,
  expiredSignInPage,
  isBackgroundRequest,
  misconfiguredPage,
  sendIapPage,
  sendIapRedirect,
  sendUnauthorized,
} from "./iap-pages";
import { bindBrowser, IapSessions, isBoundBrowser, isIapCookie, wantsAccountChoice } from "./iap-sessions";
import { type IapSettings, iapSettingsOf } from "./iap-settings";
import { IapSignIns } from "./iap-sign-ins";
import { publicUrl } from "./public-url";
import { isReservedHeader, rewriteRequestHeaders } from "./request-headers";
import { text } from "./resource-values";
import type { CodeRedeemer } from "./workforce-codes";

/** Path on every protected host that ends a sign-in; never the app's. */
export const authenticatePath = "/_gcp_gatekeeper/authenticate";

export interface IapOptions {
  readonly store: ResourceStore;
  readonly decisions: DecisionLog;
  readonly access: WorkforceAccess;
  readonly runner: ServiceRunner;
  readonly keys: IapKeys;
  /** Turns the code of a finished workforce sign-in into the person. */
  readonly signIn: CodeRedeemer;
  readonly publicOrigin: PublicOrigin;
}

/** Where the load balancer has routed a request: to a backend with IAP. */
export interface RoutedRequest {
  readonly hostname: string;
  readonly path: string;
  readonly query: string;
  readonly backend: Backend;
}

/** Identity-Aware Proxy with workforce identities, in front of the backend services that enable it. */
export class IdentityAwareProxy {
  readonly #options: IapOptions;
  readonly #sessions = new IapSessions();
  readonly #signIns: IapSignIns;
  readonly #settings: ReturnType<typeof iapSettingsOf>;

  constructor(options: IapOptions) {
    this.#options = options;
    this.#settings = iapSettingsOf(options.store);
    this.#signIns = new IapSignIns(options);
  }

  /** iap.googleapis.com: takes the browser back from the workforce sign-in. */
  get redirectHost(): VirtualHost {
    return {
      hostname: "iap.googleapis.com",
      handle: (request, response) => this.#signIns.handleRedirect(request, response, authenticatePath),
    };
  }

  /** Signs in, refuses, or passes the request on to the app with a signed assertion of who asks. */
  async handle(request: IncomingMessage, response: ServerResponse, routed: RoutedRequest): Promise<void> {
    const { hostname, path, query, backend } = routed;
    const read = this.#settings(backend);
    if (!read.ok) {
      this.#record(request, routed, "refused", read.reason, read.explanation);
      sendIapPage(response, misconfiguredPage(500, read.reason, read.explanation));
      return;
    }
    const { settings } = read;
    const parameters = new URLSearchParams(query);
    if (parameters.get(iapModeParameter) === iapClearLoginCookie) {
      const cookies = this.#sessions.clear(request.headers.cookie, hostname, settings.pool.name);
      this.#record(request, routed, "allowed", "The login cookie was cleared.");
      parameters.delete(iapModeParameter);
      sendIapRedirect(response, parameters.size > 0 ? `${path}?${parameters}` : path, cookies);
      return;
    }
    const session = this.#sessions.find(request.headers.cookie, hostname, settings.pool.name);
    if (session === undefined) {
      this.#askToSignIn(request, response, routed, settings);
      return;
    }
    await this.#admit(request, response, routed, settings, session.identity);
  }

  #askToSignIn(request: IncomingMessage, response: ServerResponse, routed: RoutedRequest, settings: IapSettings): void {
    this.#record(request, routed, "refused", "The request has no IAP session.", "The person is asked to sign in.");
    if (isBackgroundRequest(request)) {
      sendUnauthorized(response);
      return;
    }
    const { cookies, location } = this.#signIns.begin({
      returnTo: { host: routed.hostname, target: routed.query === "" ? routed.path : `${routed.path}?${routed.query}` },
      binding: bindBrowser(request.headers.cookie),
      chooseAccount: wantsAccountChoice(request.headers.cookie),
      settings,
    });
    sendIapRedirect(response, location, cookies);
  }

  /** Answers `authenticatePath` on an app's host: the ticket works once, there, in the browser that began. */
  finishSignIn(request: IncomingMessage, response: ServerResponse, hostname: string, query: string): void {
    const asked = { hostname, path: authenticatePath };
    const signedIn = this.#signIns.takeTicket(new URLSearchParams(query).get("ticket") ?? "");
    const valid =
      signedIn !== undefined &&
      signedIn.returnTo.host === hostname &&
      isBoundBrowser(request.headers.cookie, signedIn.browser);
    if (!valid) {
      this.#record(request, asked, "refused", "The sign-in was not begun by this browser, or is over.");
      sendIapPage(response, expiredSignInPage("/"));
      return;
    }
    const { identity, pool, returnTo } = signedIn;
    const cookies = this.#sessions.start({ host: hostname, pool: pool.name, identity }, pool.sessionSeconds);
    this.#record(request, asked, "allowed", `The person signed in through ${pool.name}.`);
    // An absolute address on the host itself, so that no target can be read as naming another one.
    sendIapRedirect(response, `${this.#options.publicOrigin(returnTo.host)}${returnTo.target}`, cookies);
  }

  async #admit(
    request: IncomingMessage,
    response: ServerResponse,
    routed: RoutedRequest,
    settings: IapSettings,
    identity: FederatedIdentity,
  ): Promise<void> {
    const { backend, hostname, path } = routed;
    const { project, name } = backend;
    const person = identity.displayName ?? identity.email ?? identity.subject;
    const decision = this.#options.access.mayOpen(identity, { project, name, host: hostname, path });
    if (!decision.allowed) {
      this.#record(request, routed, "refused", decision.error.message, decision.explanation);
      // A script that asks in the background reads the status; only a document is worth a redirect.
      if (settings.accessDeniedPage !== undefined && !isBackgroundRequest(request))
        sendIapRedirect(response, publicUrl(this.#options.publicOrigin, settings.accessDeniedPage), []);
      else sendIapPage(response, accessDeniedPage(name, person, path));
      return;
    }
    const agent = iapServiceAgent(settings.projectNumber);
    const { service } = backend;
    if (service === undefined || !this.#hasServiceAgent(agent)) {
      const reason =
        service === undefined
          ? "The backend service has no Cloud Run service."
          : "The IAP service account is not provisioned.";
      const explanation =
        service === undefined ? `Backend ${name} reaches nothing.` : `${agent} does not exist in the project.`;
      this.#record(request, routed, "refused", reason, explanation);
      sendIapPage(response, misconfiguredPage(service === undefined ? 502 : 403, reason, explanation));
      return;
    }
    this.#record(request, routed, "allowed", decision.explanation);
    await this.#signRequest(request, settings, identity);
    await this.#options.runner.request(service, request, response, {
      ingress: "load-balancer",
      invoker: { email: agent },
    });
  }

  async #signRequest(request: IncomingMessage, settings: IapSettings, identity: FederatedIdentity): Promise<void> {
    const { projectNumber, generatedId } = settings;
    const assertion = await signAssertion(this.#options.keys, {
      identity,
      projectNumber,
      backendServiceId: generatedId,
    });
    rewriteRequestHeaders(request, {
      drop: isReservedHeader,
      set: [
        { name: iapAssertionHeader, value: assertion },
        {
          name: "x-goog-authenticated-user-email",
          value: identity.email === undefined ? "" : `sts.google.com:${identity.email}`,
        },
        { name: "x-goog-authenticated-user-id", value: iapSubject(identity) },
        // The key to the session stays with IAP: an app that leaks its requests leaks no session.
        { name: "cookie", value: withoutCookies(request.headers.cookie, isIapCookie) ?? "" },
      ],
    });
  }

  #hasServiceAgent(email: string): boolean {
    return (
      this.#options.store.find("keyless_service_agent", ({ values }) => text(values, "email") === email) !== undefined
    );
  }

  #record(
    request: IncomingMessage,
    { hostname, path }: Pick<RoutedRequest, "hostname" | "path">,
    outcome: "allowed" | "refused",
    reason: string,
    explanation?: string,
  ): void {
    this.#options.decisions.record({
      by: "iap",
      request: `${request.method} https://${hostname}${path}`,
      outcome,
      reason,
      ...(explanation === undefined ? {} : { explanation }),
    });
  }
}
