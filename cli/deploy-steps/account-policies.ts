import { z } from "zod";
import type { AccountGrant } from "../../review";
import { type DeployStepDependencies, defaultDependencies } from "./dependencies";
import { readEndpoints } from "./endpoints";
import { GoogleApi } from "./google-api";

/** google.iam.v1.Policy, version 3. */
const policy = z.object({
  bindings: z
    .array(
      z.object({
        role: z.string(),
        members: z.array(z.string()).default([]),
        condition: z.object({ expression: z.string().default("") }).optional(),
      }),
    )
    .default([]),
});

const accountEmails = z
  .array(z.string().regex(/^[a-z0-9.-]+@[a-z0-9.-]+$/, "expected the e-mail of an account"))
  .max(2000);

/** Requests at a time. */
const breadth = 8;

/**
 * Who may act as service accounts, as Google has it now. Nothing is tried again: whoever only looks does not wait.
 * Source: cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/getIamPolicy.
 *
 * @param environment may hold `KEYLESS_ENDPOINTS` and `GOOGLE_OAUTH_ACCESS_TOKEN`
 * @throws {DeployStepError} where a policy cannot be read; an account that does not exist has none
 */
export async function readAccountPolicies(
  emails: readonly string[],
  environment: NodeJS.ProcessEnv,
  dependencies: DeployStepDependencies,
): Promise<readonly AccountGrant[]> {
  const api = new GoogleApi("account-policies", dependencies);
  const { iam } = readEndpoints(environment);
  const grants: AccountGrant[] = [];
  const waiting = [...emails];
  const worker = async (): Promise<void> => {
    for (let account = waiting.shift(); account !== undefined; account = waiting.shift()) {
      const url = `${iam}/v1/projects/-/serviceAccounts/${account}:getIamPolicy`;
      const found = await api.ask({
        method: "POST",
        url,
        // Conditions are left out of lower versions.
        body: { options: { requestedPolicyVersion: 3 } },
        answer: policy,
        role: "roles/iam.serviceAccountViewer",
      });
      grants.push(...grantsOf(account, found ?? { bindings: [] }));
    }
  };
  await Promise.all(Array.from({ length: breadth }, worker));
  return grants;
}

function grantsOf(account: string, { bindings }: z.output<typeof policy>): readonly AccountGrant[] {
  return bindings.flatMap(({ role, members, condition }) =>
    members.map((member) => ({ account, role, member, condition: condition?.expression ?? "" })),
  );
}

/** For `keyless account-policies`: a JSON list of e-mails comes in, a JSON list of grants goes out. */
export async function printAccountPolicies(): Promise<void> {
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) text += String(chunk);
  const emails = accountEmails.parse(JSON.parse(text));
  process.stdout.write(
    JSON.stringify(await readAccountPolicies(emails, process.env, defaultDependencies(process.env))),
  );
}
