import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createLocalJWKSet, jwtVerify } from "jose";
import { z } from "zod";
import { microsoftGraphOrigin } from "../../../facts/entra";
import { groupType, microsoftGraphClientId, microsoftGraphPageSize, userType } from "../../../facts/microsoft-graph";
import type { DecisionLog } from "../../events";
import type { VirtualHost } from "../../network/virtual-host";
import type { Issuer } from "../issuer";
import { requestTarget, sendJson } from "../message";
import { type GraphError, graphErrors } from "./graph-error";
import type { EntraPerson } from "./people";
import type { PublicOrigin } from "./redirect-uri";

export interface GraphOptions {
  readonly people: readonly EntraPerson[];
  /** Signs the tokens that Graph takes, as Entra gives them out. */
  readonly issuer: Issuer;
  readonly publicOrigin: PublicOrigin;
  readonly decisions: DecisionLog;
}

export interface Graph {
  /** graph.microsoft.com. */
  readonly host: VirtualHost;
  /** Has every request answered with 429 and Retry-After for so many seconds, as Graph does with those who ask too often. */
  throttle(seconds: number): void;
}

const { hostname } = new URL(microsoftGraphOrigin);
/** Any one of these lets an application list people's memberships and reports. */
const readingRoles = ["User.Read.All", "Directory.Read.All"];
const defaultPageSize = 100;

const tokenClaims = z.object({ roles: z.array(z.string()).default([]), appid: z.string() });
const skipToken = z.object({ offset: z.int().positive() });

interface DirectoryObject {
  readonly "@odata.type": string;
  readonly id: string;
}

/**
 * Microsoft Graph, as far as applications ask for people's memberships and reports. The people's groups are those that
 * they are in directly or through others.
 * Source: learn.microsoft.com/graph/api/user-list-transitivememberof and user-list-directreports.
 */
export function createGraph({ people, issuer, publicOrigin, decisions }: GraphOptions): Graph {
  let throttledUntil = 0;

  const lists: Readonly<Record<string, (person: EntraPerson) => readonly DirectoryObject[]>> = {
    transitiveMemberOf: ({ entraGroups }) => entraGroups.map((id) => ({ "@odata.type": groupType, id })),
    directReports: ({ entraObjectId }) =>
      people
        .filter(({ entraManager }) => entraManager === entraObjectId)
        .map((report) => ({ "@odata.type": userType, id: report.entraObjectId })),
  };

  function answer(target: URL): { readonly page: unknown } | { readonly error: GraphError } {
    const [, objectId = "", name = "", cast] =
      /^\/v1\.0\/users\/([^/]+)\/(transitiveMemberOf|directReports)(\/.*)?$/.exec(target.pathname) ?? [];
    const list = lists[name];
    if (list === undefined) return { error: graphErrors.notImitated() };
    if (cast !== undefined) return { error: graphErrors.unsupportedQuery() };
    const person = people.find(({ entraObjectId }) => entraObjectId === objectId.toLowerCase());
    if (person === undefined) return { error: graphErrors.notFound(objectId.slice(0, 64)) };
    const size = pageSize(target.searchParams);
    const offset = offsetOf(target.searchParams);
    if (size === undefined || offset === undefined) return { error: graphErrors.invalidQuery() };
    const all = list(person);
    const next = offset + size;
    const rest = new URLSearchParams([...target.searchParams].filter(([key]) => key !== "$skiptoken"));
    rest.set("$skiptoken", Buffer.from(JSON.stringify({ offset: next })).toString("base64url"));
    return {
      page: {
        "@odata.context": `${microsoftGraphOrigin}/v1.0/$metadata#directoryObjects(id)`,
        ...(next < all.length ? { "@odata.nextLink": `${publicOrigin(hostname)}${target.pathname}?${rest}` } : {}),
        value: all.slice(offset, next),
      },
    };
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = requestTarget(request);
    const described = `${request.method} ${target?.pathname ?? "(no path)"}`.slice(0, 256);
    const refuse = (error: GraphError): void => {
      decisions.record({ by: "graph", request: described, outcome: "refused", reason: error.message });
      sendError(response, error);
    };
    if (target === undefined || request.method !== "GET") return refuse(graphErrors.invalidQuery());
    const left = Math.ceil((throttledUntil - Date.now()) / 1000);
    if (left > 0) return refuse(graphErrors.throttled(left));
    const caller = await authenticate(request, issuer);
    if ("error" in caller) return refuse(caller.error);
    const answered = answer(target);
    if ("error" in answered) return refuse(answered.error);
    decisions.record({
      by: "graph",
      request: described,
      outcome: "allowed",
      reason: `${caller.application} may read the directory`,
    });
    sendJson(response, 200, answered.page, { "request-id": randomUUID() });
  }

  return {
    host: { hostname, handle },
    throttle: (seconds) => {
      throttledUntil = Date.now() + seconds * 1000;
    },
  };
}

/** The application whose token the request carries, where it may read the directory. */
async function authenticate(
  request: IncomingMessage,
  issuer: Issuer,
): Promise<{ readonly application: string } | { readonly error: GraphError }> {
  const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (token === undefined) return { error: graphErrors.noToken() };
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(issuer.jwks()), {
      issuer: issuer.issuer,
      audience: [microsoftGraphOrigin, microsoftGraphClientId],
      algorithms: ["RS256"],
      currentDate: new Date(),
    });
    const { roles, appid } = tokenClaims.parse(payload);
    if (!roles.some((role) => readingRoles.includes(role))) return { error: graphErrors.denied() };
    return { application: appid };
  } catch {
    return { error: graphErrors.badToken() };
  }
}

function pageSize(query: URLSearchParams): number | undefined {
  const top = query.get("$top") ?? String(defaultPageSize);
  const size = /^\d{1,4}$/.test(top) ? Number(top) : 0;
  return size >= 1 && size <= microsoftGraphPageSize ? size : undefined;
}

/** Objects to leave out; undefined for a token that Graph did not give out. */
function offsetOf(query: URLSearchParams): number | undefined {
  const token = query.get("$skiptoken");
  if (token === null) return 0;
  try {
    return skipToken.parse(JSON.parse(Buffer.from(token, "base64url").toString("utf8"))).offset;
  } catch {
    return undefined;
  }
}

/** Source: learn.microsoft.com/graph/errors. */
function sendError(response: ServerResponse, { status, code, message, headers = {} }: GraphError): void {
  const id = randomUUID();
  const innerError = { date: new Date().toISOString().slice(0, 19), "request-id": id, "client-request-id": id };
  sendJson(response, status, { error: { code, message, innerError } }, { "request-id": id, ...headers });
}
