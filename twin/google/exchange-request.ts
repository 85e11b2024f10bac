import type { IncomingMessage } from "node:http";
import { z } from "zod";
import {
  type TokenExchangeError,
  tokenExchangeErrors,
  tokenExchangeGrantType,
  tokenTypes,
} from "../../facts/token-exchange";
import { MalformedRequestError, mediaType, parseForm, parseJson, readBody } from "../issuers/message";

/** Bytes: Google takes options of up to 4 MB; nothing here needs a fraction of it. */
const bodyLimit = 262_144;

/** RFC 6749 §3.3. */
const scopePattern = /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/;

const optionsSchema = z.looseObject({ userProject: z.string().optional() });

/** In the order in which a missing one is reported. */
const fieldsSchema = z.object({
  grant_type: z.string().min(1),
  audience: z.string().min(1),
  scope: z
    .string()
    .min(1)
    .transform((text) => text.split(" ").filter((scope) => scope !== ""))
    .refine((scopes) => scopes.length > 0 && scopes.every((scope) => scopePattern.test(scope))),
  requested_token_type: z.literal(tokenTypes.accessToken),
  subject_token: z.string().min(1),
  subject_token_type: z.enum([tokenTypes.jwt, tokenTypes.idToken, tokenTypes.awsRequest, tokenTypes.mutualTls]),
  options: z
    .string()
    .refine((text) => optionsSchema.safeParse(tryParseJson(text)).success)
    .optional(),
});

/** A token exchange request (RFC 8693 §2.1) as Google's Security Token Service takes it. */
export type ExchangeRequest = z.output<typeof fieldsSchema>;

export type ParsedExchangeRequest =
  | { readonly ok: true; readonly exchange: ExchangeRequest }
  | { readonly ok: false; readonly error: TokenExchangeError };

/**
 * Reads the request, as JSON in camelCase or as a form in snake_case.
 * @throws {MalformedRequestError} when the body is neither, or has a field twice.
 */
export async function readExchangeRequest(request: IncomingMessage): Promise<ParsedExchangeRequest> {
  const fields = await readFields(request);
  const grantType = fields["grant_type"];
  if (typeof grantType === "string" && grantType !== "" && grantType !== tokenExchangeGrantType) {
    return { ok: false, error: tokenExchangeErrors.unsupportedGrantType() };
  }
  const parsed = fieldsSchema.safeParse(fields);
  if (parsed.success) return { ok: true, exchange: parsed.data };
  const name = String(parsed.error.issues[0]?.path[0] ?? "grant_type");
  const isMissing = fields[name] === undefined || fields[name] === "";
  return {
    ok: false,
    error: isMissing
      ? tokenExchangeErrors.missingParameter(name)
      : { error: "invalid_request", errorDescription: `Invalid value for "${name}".` },
  };
}

async function readFields(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const text = await readBody(request, bodyLimit);
  switch (mediaType(request)) {
    case "application/x-www-form-urlencoded":
      return Object.fromEntries(parseForm(text));
    case "application/json": {
      const body = z.record(z.string(), z.unknown()).safeParse(parseJson(text));
      if (!body.success) throw new MalformedRequestError("Expected a JSON object.");
      const fields = Object.entries(body.data).map(([name, value]) => [snakeCase(name), value] as const);
      if (new Set(fields.map(([name]) => name)).size !== fields.length) {
        throw new MalformedRequestError("Expected every field at most once.");
      }
      return Object.fromEntries(fields);
    }
    default:
      throw new MalformedRequestError("Expected application/json or application/x-www-form-urlencoded.", 415);
  }
}

/** Google's JSON interfaces take the field names of either spelling. */
const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
