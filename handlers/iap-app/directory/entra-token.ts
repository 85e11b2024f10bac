import { z } from "zod";
import { entraLoginOrigin, entraTokenEndpoint, jwtBearerAssertionType } from "../../../facts/entra";
import { federatedCredentialAudience, microsoftGraphScope } from "../../../facts/microsoft-graph";
import { parseJson } from "../assertion/compact";
import { boundedFetch } from "../upstream/bounded-fetch";
import type { MetadataServer } from "../upstream/metadata-server";

/** The Entra application that reads the directory, and where Entra answers. */
export interface DirectoryReader {
  readonly tenantId: string;
  readonly clientId: string;
  /** Origin of Entra's token endpoint. */
  readonly entra: string;
}

export type GraphToken =
  | { readonly ok: true; readonly token: string; readonly expiresAt: number }
  | {
      readonly ok: false;
      /** Whether Entra said no, rather than nothing. */
      readonly refused: boolean;
      readonly detail: string;
    };

const limits = { timeout: 5_000, maximumBytes: 64 * 1024 } as const;

const successSchema = z.object({
  access_token: z.string().min(1),
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.coerce.number().int().positive(),
});
const refusalSchema = z.object({ error: z.string(), error_description: z.string().default("") });

/**
 * A token of the application for Microsoft Graph, by client credentials (RFC 6749 §4.4). The application has no secret: it
 * trusts the ID token that Google signs for the service's own account (RFC 7523 §2.2).
 * Source: learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust-gcp.
 */
export async function fetchGraphToken(
  { tenantId, clientId, entra }: DirectoryReader,
  metadata: MetadataServer,
  clock: () => number,
): Promise<GraphToken> {
  const assertion = await metadata.identityToken(federatedCredentialAudience);
  if (!assertion.ok) return { ok: false, refused: false, detail: assertion.problem };
  const answer = await boundedFetch(entraTokenEndpoint(tenantId).replace(entraLoginOrigin, entra), {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: clientId,
      scope: microsoftGraphScope,
      client_assertion_type: jwtBearerAssertionType,
      client_assertion: assertion.text,
    }).toString(),
    ...limits,
  });
  if (!answer.ok) return { ok: false, refused: false, detail: `Entra gave no usable answer: ${answer.problem}` };
  const document = parseJson(answer.body);
  const success = answer.status === 200 ? successSchema.safeParse(document) : undefined;
  if (success?.success === true) {
    const { access_token: token, expires_in: seconds } = success.data;
    return { ok: true, token, expiresAt: clock() + seconds * 1000 };
  }
  const said = refusalSchema.safeParse(document);
  const [code] = /^AADSTS\d+/.exec(said.data?.error_description ?? "") ?? [];
  const detail = `Entra answered with status ${answer.status}${code === undefined ? "" : ` (${code})`}`;
  return { ok: false, refused: answer.status >= 400 && answer.status < 500 && answer.status !== 429, detail };
}

/** Milliseconds of life that a token must have left to be taken. */
const spare = 5 * 60_000;
/** Entra's tokens live for an hour or so; more is left only where a clock was set back. */
const longestLife = 24 * 3_600_000;

export interface TokenCache {
  /** A token that is good for some minutes; one request at a time. */
  get(): Promise<GraphToken>;
  /** Forgets a token that Graph does not take, unless another has come since. */
  discard(token: string): void;
}

/** Keeps the last token until shortly before its end. Refusals are not kept: how often to ask is the caller's business. */
export function createTokenCache(fetchToken: () => Promise<GraphToken>, clock: () => number): TokenCache {
  let current: Extract<GraphToken, { ok: true }> | undefined;
  let pending: Promise<GraphToken> | undefined;
  return {
    get() {
      const left = current === undefined ? 0 : current.expiresAt - clock();
      if (current !== undefined && left > spare && left < longestLife) return Promise.resolve(current);
      pending ??= fetchToken()
        .then((token) => {
          if (token.ok) current = token;
          return token;
        })
        .finally(() => {
          pending = undefined;
        });
      return pending;
    },
    discard(token) {
      if (current?.token === token) current = undefined;
    },
  };
}
