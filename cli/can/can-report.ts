import type { AccessExplanation, HeldRole, ProviderAnswer, TerraformDocument } from "../../analysis";
import { tokenExchangeErrors } from "../../facts/token-exchange";

/** About the configuration that was read. */
type Reading = Pick<TerraformDocument, "assumptions" | "complete"> & {
  /** Projects whose number was made up, by that number. */
  readonly assumedNumbers: ReadonlyMap<string, string>;
};

/** The explanation as text for a terminal. */
export function canReport(explanation: AccessExplanation, { assumptions, complete, assumedNumbers }: Reading): string {
  const { admitted, faults, nobodyAsked, answers, identities, notEvaluated, unreadable, unresolved, contradictions } =
    explanation;
  const lines = [
    admitted ? "ADMITTED" : "REFUSED",
    ...faults.flatMap(({ error, explanation: why }) => [
      `  ${why}.`,
      `  Google says: ${error.error}: ${error.errorDescription}`,
    ]),
    ...(nobodyAsked === undefined
      ? []
      : [
          `  ${nobodyAsked.explanation}`,
          `  Google says: ${nobodyAsked.error.error}: ${nobodyAsked.error.errorDescription}`,
        ]),
    ...identities.flatMap((identity) => identityLines(identity, faults.length === 0)),
    ...refusals(answers),
    ...(answers.length === 0
      ? []
      : section(
          "Known only after apply: may be about this identity",
          unresolved.map(({ address, role, member, resource }) => `${address}: ${role} on ${resource} for ${member}`),
        )),
    ...section("Not evaluated", notEvaluated),
    ...section(
      "Not readable, so that it grants nothing here",
      unreadable.map(({ address, problem }) => `${address}: ${problem}`),
    ),
    ...section(
      "Overwrite one another at each apply; all are counted",
      contradictions.map(({ resource, addresses }) => `${addresses.join(", ")} on ${resource}`),
    ),
    ...section(
      "Known only after apply, and taken from what they refer to",
      assumptions.map(({ address, argument, value, from }) => `${address}: ${argument} = ${value} (${from})`),
    ),
    ...section(
      "Not known, so that a number was made up; give --project-number ID=NUMBER",
      [...assumedNumbers].map(([number, project]) => `${project === "" ? "a project" : project}: ${number}`),
    ),
    ...(complete ? [] : ["", "The plan puts something off to a later one: what that changes is not in here."]),
    ...(answers.length > 0 ? ["", "The signature was not checked: that takes the issuer's keys."] : []),
  ];
  return `${lines.join("\n")}\n`;
}

/** Providers of the issuer that ask for another audience say little beside one that looked at the claims. */
function refusals(answers: readonly ProviderAnswer[]): readonly string[] {
  const refusing = answers.filter(({ admitted }) => !admitted);
  const elsewhere = refusing.filter(isForAnotherAudience);
  if (elsewhere.length === answers.length) return refusing.flatMap(refusal);
  return [
    ...refusing.filter((answer) => !isForAnotherAudience(answer)).flatMap(refusal),
    ...section(
      "Other providers of the issuer ask for another audience",
      elsewhere.map(({ provider }) => provider),
    ),
  ];
}

const audienceRefusal = tokenExchangeErrors.audienceMismatch("").errorDescription.split("[")[0] ?? "";
const isForAnotherAudience = (answer: ProviderAnswer): boolean =>
  !answer.admitted && answer.error.errorDescription.startsWith(audienceRefusal);

function refusal(answer: ProviderAnswer): readonly string[] {
  if (answer.admitted) return [];
  const { address, provider, error, explanation, refusedBy, claims, mapped } = answer;
  return [
    "",
    `${address} refuses it (${provider})`,
    `  ${explanation}`,
    ...(refusedBy === undefined ? [] : [`  not true:    ${refusedBy.replace(/\s+/g, " ")}`]),
    ...claims.map(
      ({ claim, valueClass, nearMiss }) =>
        `  claim:       ${claim} is ${valueClass}${nearMiss === undefined ? "" : ` (${nearMiss})`}`,
    ),
    ...Object.entries(mapped).map(([target, kind]) => `  would map:   ${target} to ${kind}`),
    `  Google says: ${error.error}: ${error.errorDescription}`,
  ];
}

/** @param sound whether the credential has no fault of its own, such as that it has ended */
function identityLines(
  { provider, identity, principals, reach, account }: AccessExplanation["identities"][number],
  sound: boolean,
) {
  const mapped = [
    ["google.subject", identity.subject],
    ...(identity.groups.length > 0 ? [["google.groups", identity.groups.join(", ")]] : []),
    ...Object.entries(identity.attributes).map(([name, value]) => [`attribute.${name}`, value]),
  ];
  return [
    "",
    sound ? `${provider} admits it` : `${provider} would admit it without that`,
    ...mapped.map(([target, value]) => `  ${target} = ${value}`),
    "",
    "Principals to bind (* is bound somewhere)",
    ...principals.map(({ principal, bound }) => `  ${bound ? "*" : " "} ${principal}`),
    ...section("Roles of its own", reach.roles.map(roleLine)),
    ...reach.accounts.flatMap(({ email, through, by, tokens, roles }) => [
      "",
      `${sound ? "Becomes" : "Would become"} ${email}${through.length === 0 ? "" : ` through ${through.join(", then ")}`} (${tokens.join(" and ")})`,
      `  by ${by.address}: ${by.role} for ${by.member}`,
      ...roles.map((role) => `  ${roleLine(role)}`),
    ]),
    ...(reach.accounts.length === 0
      ? ["", "Becomes no account. Bind one of the principals above with roles/iam.workloadIdentityUser on the account."]
      : []),
    ...(reach.complete ? [] : ["", `More accounts are within reach than the ${reach.accounts.length} above.`]),
    ...section(
      "Almost",
      reach.almost.map(({ email, explanation }) => `${email}: ${explanation}`),
    ),
    ...(account === undefined
      ? []
      : ["", `${account.becomes ? "Becomes" : "Does NOT become"} ${account.email}: ${account.explanation}`]),
  ];
}

const roleLine = ({ role, resource, address, condition, doubt }: HeldRole): string =>
  `${role} on ${resource} (${address})${condition === undefined ? "" : ` if ${condition}`}${doubt === undefined ? "" : ` — perhaps not: ${doubt}`}`;

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];
