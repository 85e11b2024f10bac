import type { VirtualHost } from "../network/virtual-host";
import type { Issuer } from "./issuer";
import { requestTarget, sendJson } from "./message";

/** Where an issuer publishes its keys, relative to its host. */
export interface DiscoveryOptions {
  readonly jwksPath: string;
  /** Further members of the discovery document. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** A host that publishes an issuer's discovery document (OpenID Connect Discovery §4) and its keys, and nothing else. */
export function discoveryHost(issuer: Issuer, options: DiscoveryOptions): VirtualHost {
  const { hostname, origin, pathname } = new URL(issuer.issuer);
  // An issuer's own path comes before the well-known one (OpenID Connect Discovery §4.1).
  const discoveryPath = `${pathname.replace(/\/$/, "")}/.well-known/openid-configuration`;
  return {
    hostname,
    handle(request, response) {
      const path = requestTarget(request)?.pathname;
      if (request.method !== "GET" && request.method !== "HEAD") {
        sendJson(response, 405, { error: "method_not_allowed" }, { allow: "GET, HEAD" });
      } else if (path === discoveryPath) {
        sendJson(response, 200, {
          issuer: issuer.issuer,
          jwks_uri: `${origin}${options.jwksPath}`,
          response_types_supported: ["id_token"],
          subject_types_supported: ["public"],
          id_token_signing_alg_values_supported: ["RS256"],
          ...options.metadata,
        });
      } else if (path === options.jwksPath) {
        sendJson(response, 200, issuer.jwks());
      } else {
        sendJson(response, 404, { error: "not_found" });
      }
    },
  };
}
