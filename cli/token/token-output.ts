import { tokenTypes } from "../../facts/token-exchange";
import type { BrokerToken, TokenWish } from "./broker-client";

/**
 * `token`: the token alone. `json`: as the broker answers. `executable`: as Google's libraries expect it of a program that
 * a credential configuration names (google.aip.dev/auth/4117).
 */
export const tokenFormats = ["token", "json", "executable"] as const;
export type TokenFormat = (typeof tokenFormats)[number];

export function formatToken(format: TokenFormat, kind: TokenWish["kind"], issued: BrokerToken): string {
  const { token, expiresAt, account, scopes, quotaProject } = issued;
  if (format === "token") return `${token}\n`;
  if (format === "executable") {
    return `${JSON.stringify({
      version: 1,
      success: true,
      token_type: kind === "id_token" ? tokenTypes.idToken : tokenTypes.jwt,
      id_token: token,
      expiration_time: Math.floor(expiresAt.getTime() / 1000),
    })}\n`;
  }
  return `${JSON.stringify({
    access_token: token,
    token_type: kind === "id_token" ? "N_A" : "Bearer",
    expires_at: expiresAt.toISOString(),
    ...(account !== undefined && { account }),
    ...(scopes.length > 0 && { scope: scopes.join(" ") }),
    ...(quotaProject !== undefined && { quota_project_id: quotaProject }),
  })}\n`;
}

/** What a program of a credential configuration prints when it has no token. */
export const formatFailure = (code: string, message: string): string =>
  `${JSON.stringify({ version: 1, success: false, code, message })}\n`;
