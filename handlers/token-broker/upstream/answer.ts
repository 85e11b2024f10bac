import { z } from "zod";
import { type Upstream, UpstreamError } from "./upstream-error";
import type { UpstreamResponse } from "./upstream-request";

/** A token in an answer: visible characters, for it will stand in a header and in answers to clients (RFC 6749 §A.12). */
export const tokenText = z.string().regex(/^[\x21-\x7e]+$/);

/** A status that says "later" rather than "no". */
export const isPassing = (status: number): boolean => status === 429 || status >= 500;

/** The body of a success in the schema's form. @throws {UpstreamError} `malformed_response`, naming the field at fault. */
export function parseSuccess<Schema extends z.ZodType>(
  upstream: Upstream,
  response: UpstreamResponse,
  schema: Schema,
): z.output<Schema> {
  const result = schema.safeParse(parseJson(response.body));
  if (result.success) return result.data;
  const fields = result.error.issues.map((issue) => issue.path.join(".") || "the body").join(", ");
  throw new UpstreamError({
    upstream,
    code: "malformed_response",
    description: `expected another form of ${fields}`,
    httpStatus: response.status,
    retryable: false,
  });
}

/** The body of a refusal in the schema's form, or undefined where a proxy or a crash wrote something else. */
export function parseRefusal<Schema extends z.ZodType>(
  response: UpstreamResponse,
  schema: Schema,
): z.output<Schema> | undefined {
  const result = schema.safeParse(parseJson(response.body));
  return result.success ? result.data : undefined;
}

/** A refusal as an error; without a code of the service's own it is named by its status. */
export function refusal(
  upstream: Upstream,
  response: UpstreamResponse,
  said: { readonly code: string; readonly description: string; readonly remedy?: string } | undefined,
  retryable: boolean = isPassing(response.status),
): UpstreamError {
  return new UpstreamError({
    upstream,
    code: said?.code ?? `http_${response.status}`,
    description: said?.description ?? "no reason given",
    ...(said?.remedy === undefined ? {} : { remedy: said.remedy }),
    httpStatus: response.status,
    retryable,
    ...(response.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: response.retryAfterSeconds }),
  });
}

/** Undefined for what is no JSON: the schema behind then names what was expected. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
