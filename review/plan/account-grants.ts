import { z } from "zod";
import type { JsonObject } from "../../analysis";
import { PlanError } from "./plan-error";
import { type PlanJson, type PlannedChange, readPlanJson } from "./plan-json";
import type { StateResource } from "./state-resources";

/** One member with one role on a service account: who may act as it. */
const accountGrant = z.strictObject({
  /** E-mail of the account. */
  account: z.string().min(1).max(300),
  role: z.string().min(1).max(300),
  member: z.string().min(1).max(2000),
  /** CEL expression of the IAM condition; empty where there is none. */
  condition: z.string().max(20_000),
});
export type AccountGrant = z.output<typeof accountGrant>;

/** What the accounts' policies hold beside what Terraform knows of; kept with a saved plan. */
export const foreignGrants = z.array(accountGrant).max(10_000);

/** Service accounts of a state, and who may act as them as far as the state tells. */
export interface DeclaredGrants {
  /** E-mails. */
  readonly accounts: readonly string[];
  readonly grants: readonly AccountGrant[];
}

const email = /(?:^|\/serviceAccounts\/)([^/@\s]+@[^/\s]+)$/;

/**
 * Accounts whose members are declared one by one. An account that `google_service_account_iam_policy` governs is left out:
 * a refresh sees all of its policy.
 * @param text output of `terraform show -json` for a refresh-only plan
 * @throws {PlanError}
 */
export function declaredGrants(text: string, stack: string): DeclaredGrants {
  const resources = (readPlanJson(text, stack).prior_state?.values?.resources ?? []).filter(
    ({ mode }) => mode === "managed",
  );
  const governed = new Set(
    ofType(resources, "google_service_account_iam_policy").map(({ values }) => accountOf(values["service_account_id"])),
  );
  const accounts = ofType(resources, "google_service_account").flatMap(({ values }) => {
    const account = accountOf(values["email"]);
    return account === undefined || governed.has(account) ? [] : [account];
  });
  return {
    accounts: [...new Set(accounts)].sort(),
    grants: resources.flatMap(({ type, values }) => {
      if (type === "google_service_account_iam_member") return grantsOf(values, [values["member"]]);
      return type === "google_service_account_iam_binding" ? grantsOf(values, membersOf(values["members"])) : [];
    }),
  };
}

/** What is in the cloud, and Terraform has not put there. */
export function undeclared(found: readonly AccountGrant[], { grants }: DeclaredGrants): readonly AccountGrant[] {
  const known = new Set(grants.map(identityOf));
  return found.filter((grant) => !known.has(identityOf(grant)));
}

/** What Google writes in lower case, it may have been given in upper case. */
function identityOf({ account, role, member, condition }: AccountGrant): string {
  const written = /^(user|group|serviceAccount|domain):/i.test(member) ? member.toLowerCase() : member;
  return JSON.stringify([account, role, written, condition.trim()]);
}

/**
 * The grants as drift of the account that they are on.
 * @throws {PlanError} where what is kept with a plan is no such list
 */
export function grantsAsDrift(plan: PlanJson, grants: readonly AccountGrant[]): readonly PlannedChange[] {
  const accounts = ofType(plan.prior_state?.values?.resources ?? [], "google_service_account");
  return grants.map(({ account, role, member, condition }, index): PlannedChange => {
    const owner = accounts.find(({ values }) => accountOf(values["email"]) === account);
    if (owner === undefined) throw new PlanError(`a grant on an account that the plan does not hold, at ${index}`);
    const after: JsonObject = {
      service_account_id: account,
      role,
      member,
      ...(condition === "" ? {} : { condition: [{ expression: condition }] }),
    };
    return {
      address: owner.address,
      mode: "managed",
      type: "google_service_account_iam_member",
      name: owner.address,
      change: { actions: "create", before: null, after },
    };
  });
}

function grantsOf(values: JsonObject, members: readonly unknown[]): readonly AccountGrant[] {
  const condition = conditionOf(values["condition"]);
  return members.flatMap((member) => {
    const grant = accountGrant.safeParse({
      account: accountOf(values["service_account_id"]),
      role: values["role"],
      member,
      condition,
    });
    return grant.success ? [grant.data] : [];
  });
}

const ofType = (resources: readonly StateResource[], type: string) =>
  resources.filter((resource) => resource.type === type);
const accountOf = (value: unknown): string | undefined =>
  typeof value === "string" ? email.exec(value)?.[1] : undefined;
const membersOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const conditionOf = (value: unknown): string =>
  z.tuple([z.object({ expression: z.string() })]).safeParse(value).data?.[0].expression ?? "";
