import { z } from "zod";
import { tokenTypes } from "../../../facts/token-exchange";
import { address, ConfigurationError } from "../../runtime";
import type { SourceConfigOf } from "../config";
import { parseSuccess, refusal, tokenText } from "../upstream/answer";
import type { ExternalTokenSource, SourceTools } from "./external-token-source";
import { jwtExpiry } from "./token-text";

const environmentSchema = z.object({
  ACTIONS_ID_TOKEN_REQUEST_URL: address,
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: z.string().min(1),
});
const successSchema = z.object({ value: tokenText });

/**
 * The OpenID Connect token of a GitHub Actions job.
 * Source: docs.github.com/actions/reference/security/oidc.
 *
 * @throws {ConfigurationError} Outside of a job, or in one without `permissions: id-token: write`.
 */
export function githubActionsSource(
  { audience }: SourceConfigOf<"github-actions">,
  { send, environment }: SourceTools,
): ExternalTokenSource {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) {
    throw new ConfigurationError([
      "source.kind: github-actions works in a GitHub Actions job with `permissions: id-token: write` only",
    ]);
  }
  const url = new URL(parsed.data.ACTIONS_ID_TOKEN_REQUEST_URL);
  url.searchParams.set("audience", audience);
  const headers = {
    authorization: `Bearer ${parsed.data.ACTIONS_ID_TOKEN_REQUEST_TOKEN}`,
    accept: "application/json",
  };
  return {
    async fetch(signal) {
      const response = await send({ upstream: "github-actions", method: "GET", url: url.href, headers }, signal);
      if (response.status !== 200) throw refusal("github-actions", response, undefined);
      const { value } = parseSuccess("github-actions", response, successSchema);
      return { token: value, type: tokenTypes.jwt, expiresAt: jwtExpiry(value) };
    },
  };
}
