import type { Environment } from "../../environments/schema";
import type { TourContext } from "./context";

/** How the ids of the workloads' pools and providers begin, by issuer; the deployment pipeline has others of its own. */
const idPrefixes = { github: "github", googleWorkspace: "google-workspace", kubernetes: "kubernetes" } as const;

/**
 * The audience to ask of the Security Token Service for an issuer. Where the environment does not trust the issuer there is
 * no provider: then the one that somebody would guess, so that the refusal can be seen.
 */
export function exchangeAudience({ twin, environment }: TourContext, issuer: keyof typeof idPrefixes): string {
  const { project, generation, name } = environment;
  const id = `${idPrefixes[issuer]}-${name}-${generation}`;
  const provider = twin.store.find(
    "google_iam_workload_identity_pool_provider",
    ({ stack, values }) => stack === name && values["workload_identity_pool_provider_id"] === id,
  );
  const known = provider?.values["name"];
  return typeof known === "string"
    ? `//iam.googleapis.com/${known}`
    : `//iam.googleapis.com/projects/${project.number}/locations/global/workloadIdentityPools/${id}/providers/${id}`;
}

/** Full address of a workload's service account. */
export function accountOf(environment: Environment, workload: string): string {
  const account = environment.workloads[workload]?.account;
  if (account === undefined) throw new Error(`environment ${environment.name} has no workload "${workload}"`);
  return `${account}@${environment.project.id}.iam.gserviceaccount.com`;
}

export function firstDataset(environment: Environment): string {
  const [dataset] = environment.data.datasets;
  if (dataset === undefined) throw new Error(`environment ${environment.name} has no dataset`);
  return dataset;
}
