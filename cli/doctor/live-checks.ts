import { z } from "zod";
import type { AccessModel } from "../../analysis";
import { type CauseId, type Finding, findingOf } from "../../analysis/diagnose";
import { federationLimits } from "../../facts/federation-limits";
import type { LiveEndpoints } from "./live-endpoints";
import { ask } from "./web";

export interface LiveChecks {
  readonly model: AccessModel;
  readonly stack?: string | undefined;
  readonly endpoints: LiveEndpoints;
  /** Of whoever looks. */
  readonly accessToken: string;
  /** PEM of the authorities behind the addresses; the system's unless given. */
  readonly ca?: string | undefined;
}

const state = z.looseObject({ state: z.string().optional(), disabled: z.boolean().optional() });
const provider = z.looseObject({
  attributeCondition: z.string().optional(),
  attributeMapping: z.record(z.string(), z.string()).optional(),
  oidc: z
    .looseObject({ issuerUri: z.string().optional(), allowedAudiences: z.array(z.string()).optional() })
    .optional(),
});
const policy = z.looseObject({
  bindings: z.array(z.looseObject({ role: z.string(), members: z.array(z.string()).default([]) })).default([]),
});

type Seen =
  | { readonly found: true; readonly body: unknown }
  | { readonly found: false; readonly findings: readonly Finding[] };

/** Pools, providers, service accounts and their bindings, as Google's API shows them beside what is declared. */
export async function checkLive(checks: LiveChecks): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const declared of [...checks.model.pools.values()].filter(isMine(checks))) {
    const seen = await look(checks, declared.name, declared.address);
    findings.push(...(seen.found ? stateFindings(declared, seen.body, "pool-disabled") : seen.findings));
  }
  for (const declared of [...checks.model.providers.values()].filter(isMine(checks))) {
    const seen = await look(checks, declared.name, declared.address);
    if (!seen.found) findings.push(...seen.findings);
    else
      findings.push(...stateFindings(declared, seen.body, "provider-disabled"), ...providerDrift(declared, seen.body));
  }
  for (const account of [...checks.model.accounts.values()].filter(isMine(checks)))
    findings.push(...(await accountFindings(checks, account)));
  return findings;
}

/** Stand-ins are for names that only the cloud knows: nothing can be asked about them. */
const isMine =
  ({ stack }: LiveChecks) =>
  (declared: { readonly stack: string; readonly name?: string; readonly email?: string }): boolean =>
    (stack === undefined || declared.stack === stack) && !/[\uE000-\uF8FF]/.test(`${declared.name}${declared.email}`);

async function look(checks: LiveChecks, name: string, address: string, verb = ""): Promise<Seen> {
  const url = new URL(`/v1/${name}${verb}`, checks.endpoints.iam);
  const answer = await ask(url, {
    method: verb === "" ? "GET" : "POST",
    ca: checks.ca,
    headers: { authorization: `Bearer ${checks.accessToken}`, "content-type": "application/json" },
    ...(verb === "" ? {} : { body: '{"options":{"requestedPolicyVersion":3}}' }),
  });
  if (!answer.answered) return { found: false, findings: [findingOf("unreachable", `${url.hostname} gave no answer`)] };
  if (answer.status === 404)
    return { found: false, findings: [findingOf("provider-absent", `${address} is not in the cloud`)] };
  if (answer.status !== 200)
    return {
      found: false,
      findings: [findingOf("not-looked", `${address}: Google answers ${answer.status}`, "possible")],
    };
  try {
    return { found: true, body: JSON.parse(answer.text) };
  } catch {
    return { found: false, findings: [findingOf("not-looked", `${address}: the answer cannot be read`, "possible")] };
  }
}

function stateFindings(
  declared: { readonly address: string; readonly disabled: boolean },
  body: unknown,
  disabledId: CauseId,
) {
  const seen = state.safeParse(body).data ?? {};
  if (seen.state === "DELETED") return [findingOf("pool-deleted", `${declared.address} is soft-deleted in the cloud`)];
  return seen.disabled === true ? [findingOf(disabledId, `${declared.address} is disabled in the cloud`)] : [];
}

function providerDrift(declared: LiveProvider, body: unknown): readonly Finding[] {
  const seen = provider.safeParse(body);
  if (!seen.success) return [];
  const { attributeCondition, attributeMapping, oidc } = seen.data;
  const differing = [
    ...((attributeCondition ?? "") === (declared.condition ?? "") ? [] : ["attribute_condition"]),
    ...(attributeMapping === undefined || sameMapping(attributeMapping, declared.mapping) ? [] : ["attribute_mapping"]),
    ...(declared.issuer.kind !== "oidc" || oidc?.issuerUri === undefined || oidc.issuerUri === declared.issuer.issuer
      ? []
      : ["issuer_uri"]),
  ].filter(() => !/[\uE000-\uF8FF]/.test(`${declared.condition}`));
  return differing.map((argument) => findingOf("drift", `${argument} of ${declared.address} is another in the cloud`));
}

type LiveProvider = AccessModel["providers"] extends ReadonlyMap<string, infer Value> ? Value : never;

const sameMapping = (live: Readonly<Record<string, string>>, declared: ReadonlyMap<string, string>): boolean =>
  Object.keys(live).length === declared.size &&
  [...declared].every(([key, value]) => live[key] === value || /[\uE000-\uF8FF]/.test(value));

async function accountFindings(
  checks: LiveChecks,
  { email, address }: { readonly email: string; readonly address: string },
) {
  const name = `projects/-/serviceAccounts/${email}`;
  const seen = await look(checks, name, address);
  if (!seen.found)
    return seen.findings.map((one) => (one.id === "provider-absent" ? findingOf("account-absent", one.what) : one));
  if (state.safeParse(seen.body).data?.disabled === true)
    return [findingOf("account-absent", `${address} is disabled in the cloud`)];
  const declared = (checks.model.bindings.get(`serviceAccounts/${email}`) ?? []).filter(
    ({ member }) => !/[\uE000-\uF8FF]/.test(member),
  );
  if (declared.length === 0) return [];
  const answer = await look(checks, name, address, ":getIamPolicy");
  if (!answer.found) return answer.findings;
  const live = policy.safeParse(answer.body).data?.bindings ?? [];
  return declared
    .filter(({ role, member }) => !live.some((one) => one.role === role && one.members.includes(member)))
    .map(({ address: binding }) => findingOf("not-applied", `${binding} is not in the policy of ${email}`));
}

/** Whether this machine's clock agrees with Google's. */
export async function checkClock(
  { securityTokenService }: LiveEndpoints,
  now: () => number,
  ca?: string,
): Promise<readonly Finding[]> {
  const answer = await ask(new URL("/", securityTokenService), { ca });
  const date = answer.answered ? answer.headers["date"] : undefined;
  const theirs = typeof date === "string" ? Date.parse(date) : Number.NaN;
  const seconds = Math.round(Math.abs(now() - theirs) / 1000);
  return seconds > federationLimits.clockSkewSeconds
    ? [findingOf("clock-skew", `This machine's clock is ${seconds} seconds off`)]
    : [];
}
