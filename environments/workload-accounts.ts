import type { Construct } from "constructs";
import { Datasets, DirectAccess, PurposeServiceAccount } from "../constructs/access";
import type { EntraWorkforce } from "../constructs/federation";
import type { DeclaredIssuers } from "./issuers";
import type { Environment } from "./schema";

/** Declares the account of each workload, what it may read or write and who becomes it, by the workload's key; and who may without an account. */
export function declareWorkloadAccounts(
  scope: Construct,
  environment: Environment,
  issuers: DeclaredIssuers,
  workforce: EntraWorkforce,
): ReadonlyMap<string, PurposeServiceAccount> {
  const projectId = environment.project.id;
  const { location, datasets: datasetIds } = environment.data;
  const datasets = new Datasets(scope, "data", { projectId, location, datasetIds });
  const accounts = new Map<string, PurposeServiceAccount>();
  for (const [key, workload] of Object.entries(environment.workloads)) {
    const { account: accountId, purpose, becomes, window, killSwitch } = workload;
    const account = new PurposeServiceAccount(scope, key, { accountId, purpose, projectId, window, killSwitch });
    datasets.grant(account, workload.data);
    for (const issuer of ["github", "googleWorkspace", "aws", "broker"] as const) {
      if (!becomes[issuer]) continue;
      issuers[issuer]?.admitted.forEach((principal, index) => {
        account.grantBecome(principal, index === 0 ? `become-by-${issuer}` : `become-by-${issuer}-${index + 1}`);
      });
    }
    for (const group of becomes.workforceGroups) {
      account.grantBecome(workforce.group(objectIdOf(environment, group)), `become-by-group-${group}`);
    }
    accounts.set(key, account);
  }
  for (const [key, { issuer, data, window, killSwitch }] of Object.entries(environment.directAccess)) {
    issuers[issuer]?.admitted.forEach((principal, index) => {
      const id = index === 0 ? key : `${key}-${index + 1}`;
      datasets.grant(new DirectAccess(scope, id, { principal, window, killSwitch }), data);
    });
  }
  return accounts;
}

/** Object id of a group; the schema has checked that the environment names it. */
export function objectIdOf(environment: Environment, group: string): string {
  const objectId = environment.groups[group];
  if (objectId === undefined) throw new Error(`unknown group ${group}`);
  return objectId;
}
