import { z } from "zod";
import { cloudPlatformScope, googleEndpoints } from "../../facts/google-endpoints";
import { tokenExchangeGrantType, tokenTypes } from "../../facts/token-exchange";
import type { TourContext } from "./context";

/** The calls of a Google client that the tour makes by hand, so that each answer can be shown as it came. */

export type ApiAnswer<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: string };

const exchangeAnswer = z.union([
  z.object({ access_token: z.string(), expires_in: z.number() }),
  z.object({ error: z.string(), error_description: z.string() }),
]);
const googleError = z.object({
  error: z.object({ code: z.number(), message: z.string(), status: z.string().optional() }),
});
const accessTokenAnswer = z.union([z.object({ accessToken: z.string(), expireTime: z.string() }), googleError]);
const datasetAnswer = z.union([z.object({ id: z.string(), location: z.string() }), googleError]);

const hostOf = (url: string): string => new URL(url).host;

/** Exchanges an external token for a federated one at the Security Token Service (RFC 8693). */
export async function exchangeToken(
  { twin }: TourContext,
  audience: string,
  subjectToken: string,
  subjectTokenType: string = tokenTypes.jwt,
): Promise<ApiAnswer<string>> {
  const response = await twin.fetch(`${twin.origin(hostOf(googleEndpoints.securityTokenService))}/v1/token`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      grant_type: tokenExchangeGrantType,
      audience,
      scope: cloudPlatformScope,
      requested_token_type: tokenTypes.accessToken,
      subject_token: subjectToken,
      subject_token_type: subjectTokenType,
    }).toString(),
  });
  const answer = exchangeAnswer.parse(await response.json());
  return "access_token" in answer
    ? { ok: true, value: answer.access_token }
    : { ok: false, reason: `${answer.error}: ${answer.error_description}` };
}

/** Asks IAM Credentials for a token of a service account. */
export async function generateAccessToken(
  { twin }: TourContext,
  bearer: string,
  account: string,
): Promise<ApiAnswer<string>> {
  const response = await twin.fetch(
    `${twin.origin(hostOf(googleEndpoints.iamCredentials))}${accessTokenPath(account)}`,
    {
      method: "POST",
      headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
      body: JSON.stringify({ scope: [cloudPlatformScope] }),
    },
  );
  const answer = accessTokenAnswer.parse(await response.json());
  return "accessToken" in answer ? { ok: true, value: answer.accessToken } : failure(answer.error);
}

/** Reads a dataset's metadata: the protected resource of the tour. */
export async function readDataset(
  { twin }: TourContext,
  bearer: string,
  project: string,
  dataset: string,
): Promise<ApiAnswer<string>> {
  const response = await twin.fetch(
    `${twin.origin(hostOf(googleEndpoints.bigQuery))}${datasetPath(project, dataset)}`,
    {
      headers: { authorization: `Bearer ${bearer}` },
    },
  );
  const answer = datasetAnswer.parse(await response.json());
  return "id" in answer ? { ok: true, value: answer.id } : failure(answer.error);
}

export const accessTokenPath = (account: string): string =>
  `/v1/projects/-/serviceAccounts/${account}:generateAccessToken`;

export const datasetPath = (project: string, dataset: string): string =>
  `/bigquery/v2/projects/${project}/datasets/${dataset}`;

function failure(error: { code: number; message: string; status?: string | undefined }): { ok: false; reason: string } {
  return { ok: false, reason: `${error.code} ${error.status ?? ""} ${error.message}`.replaceAll(/\s+/g, " ") };
}
