import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { cloudPlatformScope } from "../../facts/google-endpoints";
import { googleMetadataFlavor, metadataServers } from "../../facts/metadata-servers";
import { requestTarget } from "../issuers/message";
import type { VirtualHost } from "../network/virtual-host";
import type { GoogleServices } from "./services";

const { hostname } = new URL(metadataServers.google);
/** Seconds. */
const tokenLifetime = 3600;

const serviceValues = z.object({
  name: z.string(),
  template: z.union([
    z.object({ service_account: z.string() }),
    z.tuple([z.object({ service_account: z.string() })]).transform(([template]) => template),
  ]),
});
const accountValues = z.object({ email: z.string(), unique_id: z.string(), disabled: z.boolean().nullish() });

interface Account {
  readonly email: string;
  readonly uniqueId: string;
}

/** On Cloud Run the metadata server knows by the network who asks; here each service has one of a name of its own. */
export const metadataHostname = (service: { readonly name: string; readonly stack: string }): string =>
  `${service.name}.${service.stack}.${hostname}`;

/**
 * The metadata servers of all Cloud Run services, for the front: ID tokens and access tokens of the account that a service
 * runs as. Source: cloud.google.com/run/docs/container-contract#metadata-server.
 */
export function metadataServerResolver(services: GoogleServices): (name: string) => VirtualHost | undefined {
  return (name) => {
    if (!name.endsWith(`.${hostname}`)) return undefined;
    const [service, stack, ...rest] = name.slice(0, -hostname.length - 1).split(".");
    if (service === undefined || stack === undefined || rest.length > 0) return undefined;
    return {
      hostname: name,
      handle: (request, response) => handle(services, { name: service, stack }, request, response),
    };
  };
}

async function handle(
  services: GoogleServices,
  service: { readonly name: string; readonly stack: string },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { name, value } = googleMetadataFlavor;
  const target = requestTarget(request);
  const refuse = (status: number, reason: string): void => {
    services.decisions.record({
      by: "metadata-server",
      request: `${request.method} ${target?.pathname ?? ""} by ${service.name} (${service.stack})`.slice(0, 256),
      outcome: "refused",
      reason,
    });
    send(response, status, `${reason}\n`);
  };
  // What a page in a browser, or a proxy that was talked into a request, cannot send.
  if (request.headers[name.toLowerCase()] !== value) return refuse(403, `Missing ${name}:${value} header.`);
  if (request.headers["x-forwarded-for"] !== undefined) return refuse(403, "The request came through a proxy.");
  if (request.method !== "GET" || target === undefined) return refuse(405, "Method not allowed.");
  const account = accountOf(services, service);
  if (account === undefined) return refuse(404, "The service runs as no known account.");
  const [, asked, what] =
    /^\/computeMetadata\/v1\/instance\/service-accounts\/([^/]+)\/(identity|token|email)$/.exec(target.pathname) ?? [];
  if (asked !== "default" && asked !== account.email) return refuse(404, "The requested path was not found.");

  const { searchParams } = target;
  if (what === "email") return send(response, 200, account.email);
  if (what === "token") {
    const scopes = (searchParams.get("scopes") ?? cloudPlatformScope).split(",");
    const expiresAt = new Date(Date.now() + tokenLifetime * 1000);
    const token = services.tokens.issue({
      identity: { kind: "service-account", email: account.email },
      expiresAt,
      scopes,
    });
    const body = { access_token: token, expires_in: tokenLifetime - 1, token_type: "Bearer" };
    return send(response, 200, JSON.stringify(body), "application/json");
  }
  const audience = searchParams.get("audience") ?? "";
  if (audience === "") return refuse(400, "non-empty audience parameter required");
  const includeEmail = searchParams.get("format") === "full";
  send(response, 200, await services.accounts.serviceAccountToken({ ...account, audience, includeEmail }));
}

/** The enabled account that a service runs as. */
function accountOf({ store }: GoogleServices, { name, stack }: { name: string; stack: string }): Account | undefined {
  const service = store
    .ofType("google_cloud_run_v2_service")
    .filter((resource) => resource.stack === stack)
    .map(({ values }) => serviceValues.safeParse(values).data)
    .find((values) => values?.name === name);
  const account = store
    .ofType("google_service_account")
    .map(({ values }) => accountValues.safeParse(values).data)
    .find((values) => values !== undefined && values.email === service?.template.service_account);
  if (account === undefined || account.disabled === true) return undefined;
  return { email: account.email, uniqueId: account.unique_id };
}

function send(response: ServerResponse, status: number, text: string, type = "application/text"): void {
  const { name, value } = googleMetadataFlavor;
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(text), [name]: value });
  response.end(text);
}
