import { z } from "zod";
import { type Finding, findingOf, findingsOfError } from "../../analysis/diagnose";
import { cloudPlatformScope } from "../../facts/google-endpoints";
import { tokenExchangeGrantType, tokenTypes } from "../../facts/token-exchange";
import type { LiveEndpoints } from "./live-endpoints";
import { ask } from "./web";

export interface LiveExchange {
  readonly endpoints: LiveEndpoints;
  /** Full names of providers, without the leading `//iam.googleapis.com/`. */
  readonly providers: readonly string[];
  /** A compact JWT. It goes to Google's token service and nowhere else. */
  readonly token: string;
  /** Accounts to become with what the exchange gives. */
  readonly accounts: readonly string[];
  /** PEM of the authorities behind the addresses; the system's unless given. */
  readonly ca?: string | undefined;
}

const issued = z.object({ access_token: z.string().min(1) });

/**
 * Exchanges the token at each provider and asks for a token of each account, as a workload would. What is given out is
 * forgotten at once.
 */
export async function checkExchange({
  endpoints,
  providers,
  token,
  accounts,
  ca,
}: LiveExchange): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const provider of providers) {
    const answer = await ask(new URL("/v1/token", endpoints.securityTokenService), {
      method: "POST",
      ca,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({
        grant_type: tokenExchangeGrantType,
        audience: `//iam.googleapis.com/${provider}`,
        scope: cloudPlatformScope,
        requested_token_type: tokenTypes.accessToken,
        subject_token_type: tokenTypes.jwt,
        subject_token: token,
      }).toString(),
    });
    if (!answer.answered) {
      findings.push(findingOf("unreachable", "The token service gave no answer"));
      continue;
    }
    const body = issued.safeParse(parseJson(answer.text));
    if (!body.success) findings.push(...observed(`The exchange at ${provider}`, answer.text));
    else
      for (const account of accounts) findings.push(...(await become(endpoints, body.data.access_token, account, ca)));
  }
  return findings;
}

async function become(
  endpoints: LiveEndpoints,
  token: string,
  account: string,
  ca: string | undefined,
): Promise<readonly Finding[]> {
  const url = new URL(
    `/v1/projects/-/serviceAccounts/${encodeURIComponent(account)}:generateAccessToken`,
    endpoints.iamCredentials,
  );
  const answer = await ask(url, {
    method: "POST",
    ca,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ scope: [cloudPlatformScope], lifetime: "300s" }),
  });
  if (!answer.answered) return [findingOf("unreachable", "IAM Credentials gave no answer")];
  return answer.status === 200 ? [] : observed(`Becoming ${account}`, answer.text);
}

/** What Google really answers says more than a text that somebody pasted. */
const observed = (what: string, text: string): readonly Finding[] =>
  findingsOfError(text).map((finding) => ({ ...finding, what: `${what}: ${finding.what.toLowerCase()}` }));

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
