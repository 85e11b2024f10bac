import type { IncomingMessage, ServerResponse } from "node:http";
import type { z } from "zod";
import { type GoogleApiError, googleApiErrors } from "../../facts/token-exchange";
import { MalformedRequestError, parseJson, readBody, requestTarget, sendJson } from "../issuers/message";
import type { VirtualHost } from "../network/virtual-host";

/** Bytes; the interfaces here take small JSON documents. */
const bodyLimit = 1_048_576;

/** A refusal that ends the request it was thrown in. */
export class GoogleApiFailure extends Error {
  override readonly name = "GoogleApiFailure";

  /** @param reason of the older APIs' `errors` list, such as "accessDenied". */
  constructor(
    readonly apiError: GoogleApiError,
    readonly reason?: string,
  ) {
    super(apiError.message);
  }
}

/** One method of an API: `match` captures from the path, as Google's URL templates do. */
export interface ApiMethod {
  readonly verb: "GET" | "POST" | "PATCH" | "PUT";
  readonly path: RegExp;
  handle(call: ApiCall): Promise<unknown>;
}

export interface ApiCall {
  readonly request: IncomingMessage;
  /** Named groups of the path, percent-decoded. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

/** A host that answers the methods with JSON, and everything else with Google's own errors. */
export function apiHost(hostname: string, methods: readonly ApiMethod[]): VirtualHost {
  return {
    hostname,
    async handle(request, response) {
      try {
        sendJson(response, 200, await dispatch(request, methods));
      } catch (error) {
        sendGoogleError(response, asFailure(error));
      }
    },
  };
}

/**
 * The body, checked.
 * @throws {GoogleApiFailure} INVALID_ARGUMENT that names the field, never its value.
 */
export async function readJson<Schema extends z.ZodType>(
  request: IncomingMessage,
  schema: Schema,
): Promise<z.output<Schema>> {
  const parsed = schema.safeParse(parseJson((await readBody(request, bodyLimit)) || "{}"));
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.join(".") || "body";
  throw new GoogleApiFailure(googleApiErrors.invalidArgument(`Invalid value at '${field}'.`));
}

/** {"error":{"code","message","status"}}, and the challenge that goes with 401. */
function sendGoogleError(response: ServerResponse, { apiError: error, reason }: GoogleApiFailure): void {
  const errors = reason === undefined ? {} : { errors: [{ message: error.message, domain: "global", reason }] };
  sendJson(
    response,
    error.httpStatus,
    { error: { code: error.httpStatus, message: error.message, ...errors, status: error.status } },
    error.httpStatus === 401
      ? { "www-authenticate": 'Bearer realm="https://accounts.google.com/", error="invalid_token"' }
      : {},
  );
}

async function dispatch(request: IncomingMessage, methods: readonly ApiMethod[]): Promise<unknown> {
  const target = requestTarget(request);
  for (const method of methods) {
    const match = target === undefined ? null : method.path.exec(target.pathname);
    if (target !== undefined && match !== null && method.verb === request.method) {
      return method.handle({ request, path: decodeGroups(match.groups ?? {}), query: target.searchParams });
    }
  }
  throw new GoogleApiFailure(googleApiErrors.notFound("The requested URL was not found on this server."));
}

function decodeGroups(groups: Readonly<Record<string, string>>): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]));
  } catch {
    throw new GoogleApiFailure(googleApiErrors.invalidArgument("The path is not correctly percent-encoded."));
  }
}

function asFailure(error: unknown): GoogleApiFailure {
  if (error instanceof GoogleApiFailure) return error;
  if (error instanceof MalformedRequestError) {
    return new GoogleApiFailure({ ...googleApiErrors.invalidArgument(error.message), httpStatus: error.httpStatus });
  }
  return new GoogleApiFailure({ httpStatus: 500, status: "INTERNAL", message: "Internal error encountered." });
}
