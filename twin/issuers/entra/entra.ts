import type { IncomingMessage, ServerResponse } from "node:http";
import { DecisionLog } from "../../events";
import type { VirtualHost } from "../../network/virtual-host";
import type { ResourceStore } from "../../store/resource-store";
import { Issuer, IssuerRegistry } from "../issuer";
import { MalformedRequestError, requestTarget, sendJson } from "../message";
import { checkAuthorizeRequest } from "./authorize-check";
import { entraV1Issuer, entraV2Issuer } from "./client-credentials";
import { EntraDirectory } from "./directory";
import { discoveryDocument } from "./discovery";
import { type EntraError, entraErrorBody, entraErrors, entraErrorText } from "./error";
import { createGraph, type Graph } from "./graph";
import { serveLoginPage } from "./login-page";
import { entraPaths, LoginProvider } from "./login-provider";
import { errorPage, sendPage } from "./pages";
import { type EntraPerson, idTokenClaims, isAssigned } from "./people";
import type { PublicOrigin } from "./redirect-uri";
import { TokenEndpoint } from "./token-endpoint";

export type { EntraPerson } from "./people";

const hostname = "login.microsoftonline.com";

export interface EntraOptions {
  readonly store: ResourceStore;
  readonly people: readonly EntraPerson[];
  readonly tenantId: string;
  /** Where a host of the real world is reached: "https://login.microsoftonline.com.localhost:8443". */
  readonly publicOrigin: PublicOrigin;
  readonly decisions?: DecisionLog;
  /** Issuers whose keys Entra can reach, for federated credentials; none unless given. */
  readonly otherIssuers?: IssuerRegistry;
  /** Names of groups by object id, for the login page. */
  readonly groupNames?: Readonly<Record<string, string>>;
}

export interface Entra {
  /** login.microsoftonline.com. */
  readonly host: VirtualHost;
  /** graph.microsoft.com, for the same people. */
  readonly graph: Graph;
  /** Of version 2.0 tokens. */
  readonly issuer: Issuer;
  /** Of version 2.0 and of version 1.0 tokens: what a registry has to know. */
  readonly issuers: readonly Issuer[];
  /**
   * The ID token that a person would get by signing in to an application.
   * @param personKey of the people given at creation
   * @throws {Error} AADSTS700016 or AADSTS50105 where the sign-in would be refused
   */
  idTokenFor(personKey: string, clientId: string): Promise<string>;
}

/**
 * Microsoft Entra ID for one tenant: interactive login, client credentials, keys. Reads the directory from the store at
 * each request.
 */
export function createEntra(options: EntraOptions): Entra {
  const { tenantId, people, publicOrigin } = options;
  const decisions = options.decisions ?? new DecisionLog();
  const directory = new EntraDirectory(options.store);
  const v1 = new Issuer(entraV1Issuer(tenantId));
  const v2 = new Issuer(entraV2Issuer(tenantId));
  const login = new LoginProvider({ tenantId, issuer: v2, directory, people, publicOrigin });
  const issuers = { tenantId, v1, v2 };
  const tokenEndpoint = new TokenEndpoint({
    directory,
    issuers,
    otherIssuers: options.otherIssuers ?? new IssuerRegistry(),
    login,
    decisions,
    publicOrigin,
  });
  const loginPage = { provider: login, directory, people, decisions, groupNames: options.groupNames ?? {} };
  const paths = entraPaths(tenantId);

  async function answer(request: IncomingMessage, response: ServerResponse, target: URL): Promise<void> {
    const { pathname } = target;
    if (pathname === paths.discovery && request.method === "GET") {
      sendJson(response, 200, discoveryDocument(v2.issuer, tenantId, publicOrigin(hostname)));
    } else if (pathname === paths.keys && request.method === "GET") {
      sendJson(response, 200, { keys: [...v2.jwks().keys, ...v1.jwks().keys] });
    } else if (pathname === paths.token) {
      await tokenEndpoint.handle(request, response);
    } else if (pathname.startsWith(`${paths.login}/`)) {
      await serveLoginPage(loginPage, request, response, target);
    } else if (pathname === paths.authorize) {
      await authorize(request, response, target);
    } else if (
      /^\/[\w-]+$/.test(after(pathname, paths.authorize)) ||
      /^(\/[a-z]+)?$/.test(after(pathname, paths.logout))
    ) {
      await login.current().callback()(request, response);
    } else if (pathname.startsWith(`/${tenantId}/`)) {
      sendPage(response, 404, errorPage(entraErrors.malformedRequest()));
    } else {
      const error = entraErrors.unknownTenant(pathname.split("/")[1]?.slice(0, 64) ?? "");
      sendJson(response, error.httpStatus, entraErrorBody(error));
    }
  }

  async function authorize(request: IncomingMessage, response: ServerResponse, target: URL): Promise<void> {
    if (request.method !== "GET") return refusePage(response, entraErrors.malformedRequest());
    const check = checkAuthorizeRequest(directory, tenantId, publicOrigin, target.searchParams);
    if (!check.ok) return refusePage(response, check.error);
    target.searchParams.set("redirect_uri", check.redirectUri);
    request.url = `${target.pathname}${target.search}`;
    await login.current().callback()(request, response);
  }

  function refusePage(response: ServerResponse, error: EntraError): void {
    const reason = entraErrorText(error);
    decisions.record({ by: "entra", request: "authorization request", outcome: "refused", reason });
    sendPage(response, error.httpStatus, errorPage(error));
  }

  return {
    graph: createGraph({ people, issuer: v1, publicOrigin, decisions }),
    issuer: v2,
    issuers: [v2, v1],
    host: {
      hostname,
      async handle(request, response) {
        const target = requestTarget(request);
        if (target === undefined) return sendPage(response, 400, errorPage(entraErrors.malformedRequest()));
        tellScheme(request, publicOrigin(hostname));
        try {
          await answer(request, response, target);
        } catch (error) {
          if (!(error instanceof MalformedRequestError)) throw error;
          refusePage(response, entraErrors.malformedRequest());
        }
      },
    },
    async idTokenFor(personKey, clientId) {
      const application = directory.findByClientId(clientId);
      const person = people.find((candidate) => candidate.key === personKey);
      if (application === undefined || person === undefined) {
        throw new Error(entraErrorText(entraErrors.unknownApplication(clientId, tenantId)));
      }
      if (!isAssigned(directory, application, person)) {
        const error = entraErrors.personNotAssigned(clientId, application.displayName, person.email);
        throw new Error(entraErrorText(error));
      }
      return v2.sign({ aud: clientId, ...idTokenClaims(directory, tenantId, application, person) });
    },
  };
}

/** What follows `prefix` in a path; a text that matches nothing where it does not begin so. */
const after = (path: string, prefix: string): string => (path.startsWith(prefix) ? path.slice(prefix.length) : "?");

/** TLS ends at the front: oidc-provider learns scheme and host from headers, which are never the client's. */
function tellScheme(request: IncomingMessage, publicOrigin: string): void {
  for (const name of Object.keys(request.headers)) {
    if (name.startsWith("x-forwarded-")) delete request.headers[name];
  }
  request.headers["x-forwarded-proto"] = "https";
  request.headers["x-forwarded-host"] = new URL(publicOrigin).host;
}
