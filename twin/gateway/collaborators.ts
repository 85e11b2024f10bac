import type { IncomingMessage, ServerResponse } from "node:http";
import type { AccessDecision, ExchangeDecision, FederatedIdentity } from "../../analysis";

/** What the gateway needs of its neighbours; each is met by a class of the twin. */

/** A Cloud Run service: the stack that declares it and its plain name. */
export interface ServiceReference {
  readonly stack: string;
  readonly name: string;
}

/** Who calls a Cloud Run service and by which way. */
export interface ServiceCall {
  readonly ingress: "load-balancer" | "direct";
  /** The identity whose run.routes.invoke permission is checked; "none" for an unauthenticated call. */
  readonly invoker: { readonly email: string } | "none";
}

/** Carries a request into a Cloud Run service and its response out. */
export interface ServiceRunner {
  request(
    service: ServiceReference,
    request: IncomingMessage,
    response: ServerResponse,
    call: ServiceCall,
  ): void | Promise<void>;
}

/** Origin under which a browser reaches a host of the real world: `https://NAME.localhost:PORT`. */
export type PublicOrigin = (hostname: string) => string;

/** The part of fetch that the gateway uses; it is called with addresses of the twin (`https://NAME.localhost:PORT/…`). */
export type TwinFetch = (
  url: string,
  init?: {
    method?: string;
    headers?: Record<string, string>;
    body?: string;
    redirect?: "error";
    signal?: AbortSignal;
  },
) => Promise<{ readonly ok: boolean; readonly status: number; text(): Promise<string> }>;

/** A backend service as a policy's resource. */
export interface ProtectedBackend {
  /** Id or number. */
  readonly project: string;
  readonly name: string;
  /** Host and path of the request, for conditions on request.host and request.path. */
  readonly host: string;
  readonly path: string;
}

/** The decisions of the access analysis on what is applied at the moment. */
export interface WorkforceAccess {
  /**
   * @param provider `locations/global/workforcePools/P/providers/PR`
   * @param claims of an ID token whose signature, issuer, audience and times have been checked
   */
  admit(
    provider: string,
    credential: { issuer: string; audiences: readonly string[]; claims: Readonly<Record<string, unknown>> },
  ): ExchangeDecision;
  /** Whether the person has iap.webServiceVersions.accessViaIAP on the backend. */
  mayOpen(identity: FederatedIdentity, backend: ProtectedBackend): AccessDecision;
}
