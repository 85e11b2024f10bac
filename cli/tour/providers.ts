import type { Resource } from "../../analysis";
import type { Environment } from "../../environments/schema";
import type { TourContext } from "./context";

export const issuerUris = {
  github: "https://token.actions.githubusercontent.com",
  googleWorkspace: "https://accounts.google.com",
} as const;

/** The provider of the environment that trusts an issuer, as it was applied. */
function providerOf({ twin, environment }: TourContext, issuer: string): Resource | undefined {
  return twin.store.find("google_iam_workload_identity_pool_provider", (resource) => {
    return (
      resource.stack === environment.name && JSON.stringify(resource.values["oidc"] ?? null).includes(`"${issuer}`)
    );
  });
}

/**
 * The audience to ask of the Security Token Service for an issuer. Where the environment does not trust the issuer there is
 * no provider: then the one that somebody would guess, so that the refusal can be seen.
 */
export function exchangeAudience(context: TourContext, issuer: keyof typeof issuerUris): string {
  const provider = providerOf(context, issuerUris[issuer]);
  const name = provider?.values["name"];
  const { project, generation, name: environmentName } = context.environment;
  const guess = issuer === "github" ? "github" : "workspace";
  return typeof name === "string"
    ? `//iam.googleapis.com/${name}`
    : `//iam.googleapis.com/projects/${project.number}/locations/global/workloadIdentityPools/${guess}-${environmentName}-${generation}/providers/${guess}-${generation}`;
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
