import type { Grant } from "../config";

/** As a JSON object, or the token alone. */
export type TokenForm = "json" | "text";

export interface GivenToken {
  readonly token: string;
  readonly expiresInSeconds: number;
  readonly expiresAt: Date;
}

/** The body of an answer of `GET /get_wif_token`. */
export function tokenAnswer({ token, expiresInSeconds, expiresAt }: GivenToken, grant: Grant, form: TokenForm): string {
  if (form === "text") return token;
  return JSON.stringify({
    access_token: token,
    token_type: "Bearer",
    expires_in: expiresInSeconds,
    expires_at: expiresAt.toISOString(),
    account: grant.account,
    scope: grant.scopes.join(" "),
    ...(grant.quotaProject !== undefined && { quota_project_id: grant.quotaProject }),
  });
}

const alike = { "cache-control": "no-store", vary: "accept" } as const;

export const tokenHeaders = {
  json: { "content-type": "application/json; charset=utf-8", ...alike },
  text: { "content-type": "text/plain; charset=utf-8", ...alike },
} as const satisfies Readonly<Record<TokenForm, object>>;
