import type { IncomingMessage, ServerResponse } from "node:http";
import type { DecisionLog } from "../events";
import type { ResourceStore } from "../store/resource-store";
import { type Backend, backendsOf } from "./backends";
import type { PublicOrigin, ServiceRunner } from "./collaborators";
import { expandCustomHeaders, type HeaderVariables } from "./custom-headers";
import type { Frontend } from "./frontends";
import { authenticatePath, type IdentityAwareProxy } from "./iap";
import { redirectAddress } from "./load-balancer-redirect";
import { sendPage } from "./page";
import { dropHopByHopHeaders, isReservedHeader, rewriteRequestHeaders } from "./request-headers";
import { readRequestTarget } from "./request-path";
import { overrideResponseHeaders } from "./response-headers";
import { SecurityPolicies } from "./security-policies";
import { route } from "./url-map";

/** How a request came in. */
export interface Arrival {
  readonly by: "load-balancer" | "machine-front";
  readonly frontend: Frontend;
  /** Real name. */
  readonly hostname: string;
  /** Values of `{client_cert_…}`; empty without mutual TLS. */
  readonly variables: HeaderVariables;
}

export interface BackendDispatchOptions {
  readonly store: ResourceStore;
  readonly decisions: DecisionLog;
  readonly runner: ServiceRunner;
  readonly publicOrigin: PublicOrigin;
  /** Absent on the machine front, where a backend with IAP is refused. */
  readonly iap?: Pick<IdentityAwareProxy, "handle" | "finishSignIn">;
}

const via = "1.1 google";

/** From a frontend to the backend service: routing, the load balancer's headers, and IAP where the backend has it. */
export class BackendDispatch {
  readonly #options: BackendDispatchOptions;
  readonly #security: SecurityPolicies;
  readonly #backend: (stack: string, reference: string) => Backend | undefined;

  constructor(options: BackendDispatchOptions) {
    this.#options = options;
    this.#backend = backendsOf(options.store);
    this.#security = new SecurityPolicies(options.store);
  }

  async dispatch(request: IncomingMessage, response: ServerResponse, arrival: Arrival): Promise<void> {
    const { frontend, hostname } = arrival;
    const target = readRequestTarget(request.url ?? "");
    if (!target.ok) {
      const reason = "The request target can be read in more than one way.";
      this.#refuse(arrival, request, response, 400, reason, `Refused before routing: ${target.reason}.`);
      return;
    }
    // The app reads the very path that was routed.
    request.url = target.target;
    if (this.#options.iap !== undefined && target.path === authenticatePath) {
      this.#options.iap.finishSignIn(request, response, hostname, target.query);
      return;
    }
    const routed = route(frontend.urlMap, hostname, target.path);
    if (routed?.kind === "redirect") {
      const location = redirectAddress(routed.redirect, hostname, target.target, this.#options.publicOrigin);
      response.writeHead(routed.redirect.status, { location, "content-length": "0" }).end();
      return;
    }
    const backend = routed && this.#backend(frontend.stack, routed.service);
    if (backend === undefined) {
      this.#refuse(
        arrival,
        request,
        response,
        404,
        "No backend service is configured for this path.",
        "The URL map leads nowhere.",
      );
      return;
    }
    const refusal = this.#security.check(backend, request.socket.remoteAddress, Date.now());
    if (refusal !== undefined) {
      const { status, policy, priority } = refusal;
      const explanation = `Cloud Armor policy ${policy}, rule ${priority}, is evaluated before anybody signs in.`;
      this.#refuse(arrival, request, response, status, "The security policy refuses this request.", explanation);
      return;
    }
    this.#rewriteHeaders(request, response, arrival, backend);
    await this.#forward(request, response, arrival, backend, target);
  }

  async #forward(
    request: IncomingMessage,
    response: ServerResponse,
    arrival: Arrival,
    backend: Backend,
    { path, query }: { readonly path: string; readonly query: string },
  ): Promise<void> {
    const { hostname } = arrival;
    if (backend.iapEnabled) {
      if (this.#options.iap !== undefined) {
        await this.#options.iap.handle(request, response, { hostname, path, query, backend });
        return;
      }
      const reason = "The backend service has IAP, which people use.";
      this.#refuse(arrival, request, response, 403, reason, "People and machines never share a backend service.");
      return;
    }
    if (backend.service === undefined) {
      this.#refuse(
        arrival,
        request,
        response,
        502,
        "The backend service has no Cloud Run service.",
        `Backend ${backend.name} reaches nothing.`,
      );
      return;
    }
    await this.#options.runner.request(backend.service, request, response, {
      ingress: "load-balancer",
      invoker: "none",
    });
  }

  /**
   * The headers that the load balancer sets, over the client's. The reserved ones go on every backend: Google removes
   * them only where IAP is on, but nothing behind the twin's front has a use for a client's own.
   */
  #rewriteHeaders(request: IncomingMessage, response: ServerResponse, arrival: Arrival, backend: Backend): void {
    const { frontend, variables } = arrival;
    dropHopByHopHeaders(request);
    const forwarded = [request.headers["x-forwarded-for"], request.socket.remoteAddress, frontend.address].flat();
    rewriteRequestHeaders(request, {
      drop: isReservedHeader,
      set: [
        { name: "X-Forwarded-For", value: forwarded.filter((part) => part !== undefined && part !== "").join(",") },
        { name: "X-Forwarded-Proto", value: "https" },
        { name: "Via", value: via },
        ...expandCustomHeaders(backend.requestHeaders, variables),
      ],
    });
    overrideResponseHeaders(response, [
      { name: "Via", value: via },
      ...expandCustomHeaders(backend.responseHeaders, variables),
    ]);
  }

  #refuse(
    { by, hostname }: Arrival,
    request: IncomingMessage,
    response: ServerResponse,
    status: number,
    reason: string,
    explanation: string,
  ): void {
    this.#options.decisions.record({
      by,
      request: `${request.method} https://${hostname}`,
      outcome: "refused",
      reason,
      explanation,
    });
    sendPage(response, {
      status,
      title: "This request was not served",
      paragraphs: [reason],
      details: [["What is wrong", explanation]],
    });
  }
}
