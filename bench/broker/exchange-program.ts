import { Agent, request } from "undici";
import { systemClock } from "../../handlers/token-broker/clock";
import { tokenChain } from "../../handlers/token-broker/exchange/issue-token";
import { BrokerMetrics } from "../../handlers/token-broker/metrics";
import { sendOverNetwork } from "../../handlers/token-broker/upstream/upstream-request";

/** A program of its own: the whole exchange by the broker's chain and by undici alone, in turn; prints milliseconds. */
const [origin = "", count = "200", rounds = "5"] = process.argv.slice(2);
const account = "bench-job@bench-project.iam.gserviceaccount.com";
const scopes = ["https://www.googleapis.com/auth/cloud-platform"];
const audience = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/bench-01/providers/bench-01";
const subject = {
  token: `e30.e30.${"s".repeat(342)}`,
  type: "urn:ietf:params:oauth:token-type:jwt",
  expiresAt: undefined,
};

const tools = {
  clock: systemClock,
  random: Math.random,
  send: new BrokerMetrics().measured(sendOverNetwork),
  endpoints: { securityTokenService: origin, iamCredentials: origin },
};
const target = { kind: "access_token", account, scopes, lifetimeSeconds: 3_600 } as const;

async function byTheBroker(): Promise<void> {
  // A chain of its own each time: it would keep the federated token.
  const issue = tokenChain({ fetch: async () => subject }, audience, tools);
  await issue(target, AbortSignal.timeout(20_000));
}

const dispatcher = new Agent({ connections: 16, pipelining: 1 });

async function post(path: string, headers: Record<string, string>, body: string): Promise<Record<string, unknown>> {
  const answer = await request(`${origin}${path}`, { dispatcher, method: "POST", headers, body });
  return JSON.parse(await answer.body.text());
}

async function byUndiciAlone(): Promise<void> {
  const exchanged = await post(
    "/v1/token",
    { "content-type": "application/x-www-form-urlencoded" },
    new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      audience,
      scope: scopes.join(" "),
      requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
      subject_token: subject.token,
      subject_token_type: subject.type,
    }).toString(),
  );
  await post(
    `/v1/projects/-/serviceAccounts/${account}:generateAccessToken`,
    { "content-type": "application/json", authorization: `Bearer ${String(exchanged["access_token"])}` },
    JSON.stringify({ scope: scopes, lifetime: "3600s" }),
  );
}

async function medianOf(exchange: () => Promise<void>): Promise<number> {
  const took: number[] = [];
  for (let index = 0; index < Number(count); index += 1) {
    const began = performance.now();
    await exchange();
    took.push(performance.now() - began);
  }
  return took.sort((one, other) => one - other)[Math.floor(took.length / 2)] ?? Number.NaN;
}

async function main(): Promise<void> {
  const broker: number[] = [];
  const undici: number[] = [];
  for (let round = 0; round <= Number(rounds); round += 1) {
    const ours = await medianOf(byTheBroker);
    const theirs = await medianOf(byUndiciAlone);
    if (round === 0) continue;
    broker.push(ours);
    undici.push(theirs);
  }
  process.stdout.write(`result ${JSON.stringify({ broker, undici })}\n`);
  process.exit(0);
}

void main();
