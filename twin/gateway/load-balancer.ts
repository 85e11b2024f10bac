import type { VirtualHost } from "../network/virtual-host";
import { BackendDispatch, type BackendDispatchOptions } from "./backend-dispatch";
import { type Frontend, frontendsOf } from "./frontends";
import type { IdentityAwareProxy } from "./iap";
import { redirectAddress } from "./load-balancer-redirect";
import { readRequestTarget } from "./request-path";
import { hostMatches, route } from "./url-map";

export interface LoadBalancerOptions extends BackendDispatchOptions {
  readonly iap: Pick<IdentityAwareProxy, "handle" | "finishSignIn">;
}

export interface LoadBalancer {
  /** The host as the people's listener serves it; undefined for a host of no forwarding rule, or of the machine front. */
  readonly resolve: (hostname: string) => VirtualHost | undefined;
  /** What the rule on port 80 of the host's address answers; undefined where none listens there. `url` is path and query. */
  readonly redirectFor: (
    hostname: string,
    url: string,
  ) => { readonly status: number; readonly location: string } | undefined;
}

/** The global external Application Load Balancers of all stacks, as the store has them at each request. */
export function createLoadBalancer(options: LoadBalancerOptions): LoadBalancer {
  const frontends = frontendsOf(options.store);
  const dispatch = new BackendDispatch(options);
  const find = (hostname: string): Frontend | undefined =>
    // A frontend that asks for client certificates is never served where none are asked for.
    frontends().https.find((frontend) => frontend.clientValidation === undefined && serves(frontend, hostname));

  return {
    resolve(hostname) {
      if (find(hostname) === undefined) return undefined;
      return {
        hostname,
        async handle(request, response) {
          const frontend = find(hostname);
          if (frontend === undefined) {
            response.writeHead(404, { "content-length": "0" }).end();
            return;
          }
          await dispatch.dispatch(request, response, { by: "load-balancer", frontend, hostname, variables: {} });
        },
      };
    },
    redirectFor(hostname, url) {
      const secure = frontends().https.find((frontend) => serves(frontend, hostname));
      const plain = frontends().http.find(({ address }) => address !== undefined && address === secure?.address);
      const target = readRequestTarget(url);
      if (plain === undefined || !target.ok) return undefined;
      const routed = route(plain.urlMap, hostname, target.path);
      if (routed?.kind !== "redirect" || !routed.redirect.https) return undefined;
      return {
        status: routed.redirect.status,
        location: redirectAddress(routed.redirect, hostname, target.target, options.publicOrigin),
      };
    },
  };
}

function serves(frontend: Frontend, hostname: string): boolean {
  return frontend.hosts.has(hostname) || [...frontend.hosts].some((pattern) => hostMatches(pattern, hostname));
}
