import { tokenExchangeGrantType, tokenTypes } from "../../../facts/token-exchange";
import type { TokenRequestRefusal } from "../refusals";

/** A request to the token endpoint, apart from who sends it. */
export interface TokenRequest {
  readonly clientId: string | undefined;
  /** Present when the client authenticates by something else than its connection as well. */
  readonly hasOtherAuthentication: boolean;
  readonly grant:
    | { readonly type: "client_credentials" }
    | { readonly type: typeof tokenExchangeGrantType; readonly subjectToken: string };
  readonly wanted: "access_token" | "id_token" | "jwt";
  readonly account: string | undefined;
  readonly audience: string | undefined;
  readonly scopes: readonly string[] | undefined;
}

export type TokenRequestResult =
  | { readonly ok: true; readonly request: TokenRequest }
  | { readonly ok: false; readonly reason: TokenRequestRefusal; readonly hint?: string };

const wantedTypes: Readonly<Record<string, TokenRequest["wanted"]>> = {
  [tokenTypes.accessToken]: "access_token",
  [tokenTypes.idToken]: "id_token",
  [tokenTypes.jwt]: "jwt",
};
/** Characters of an e-mail address (RFC 5321 §4.5.3.1); a longer one would only fill the audit. */
export const longestAccount = 254;
const subjectTokenTypes: ReadonlySet<string> = new Set([tokenTypes.jwt, tokenTypes.idToken]);

/** Reads the parameters of RFC 6749 §4.4.2 and RFC 8693 §2.1; those that are not known are passed over, as §3.2 asks. */
export function readTokenRequest(parameters: ReadonlyMap<string, string>): TokenRequestResult {
  const refuse = (reason: TokenRequestRefusal, hint?: string): TokenRequestResult => ({
    ok: false,
    reason,
    ...(hint !== undefined && { hint }),
  });
  const grantType = parameters.get("grant_type");
  if (grantType === undefined) return refuse("parameter_missing", "grant_type");
  const isExchange = grantType === tokenExchangeGrantType;
  if (grantType !== "client_credentials" && !isExchange) return refuse("grant_type_unsupported");
  if (parameters.has("resource")) return refuse("resource_unsupported");
  if (parameters.has("actor_token") || parameters.has("actor_token_type")) return refuse("actor_token_unsupported");

  const subjectToken = parameters.get("subject_token");
  const subjectTokenType = parameters.get("subject_token_type");
  if (isExchange) {
    if (subjectToken === undefined) return refuse("parameter_missing", "subject_token");
    if (subjectTokenType === undefined) return refuse("parameter_missing", "subject_token_type");
    if (!subjectTokenTypes.has(subjectTokenType)) return refuse("subject_token_type_unsupported");
  }

  const wanted = wantedTypes[parameters.get("requested_token_type") ?? tokenTypes.accessToken];
  if (wanted === undefined) return refuse("token_type_unsupported");
  const audience = parameters.get("audience");
  if (wanted !== "access_token" && audience === undefined) return refuse("parameter_missing", "audience");
  const account = parameters.get("account");
  if (account !== undefined && account.length > longestAccount) return refuse("parameter_malformed", "account");
  const scope = parameters.get("scope");
  return {
    ok: true,
    request: {
      clientId: parameters.get("client_id"),
      hasOtherAuthentication: parameters.has("client_secret") || parameters.has("client_assertion"),
      grant:
        isExchange && subjectToken !== undefined
          ? { type: tokenExchangeGrantType, subjectToken }
          : { type: "client_credentials" },
      wanted,
      account,
      audience,
      scopes: scope === undefined ? undefined : scope.split(" ").filter((each) => each !== ""),
    },
  };
}
