// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Terraform's templates
import { ResourceStore } from "../../store/resource-store";
import type { GoogleProject } from "../../terraform/rules";
import { applyTerraformJson, type DeployStep } from "../apply-terraform-json";

const projects: readonly GoogleProject[] = [
  { id: "example-dev", number: "710000000001", stack: "dev" },
  { id: "example-prod", number: "710000000003", stack: "prod" },
];
export const poolType = "google_iam_workload_identity_pool";
export const providerType = "google_iam_workload_identity_pool_provider";
export const clientType = "google_iam_oauth_client";
export const pool = (id = "github-dev-01", more: object = {}) => ({ workload_identity_pool_id: id, ...more });
export const provider = (more: object = {}) => ({
  workload_identity_pool_id: "${google_iam_workload_identity_pool.p.workload_identity_pool_id}",
  workload_identity_pool_provider_id: "github-dev-01",
  attribute_condition: "assertion.repository_id == '1'",
  oidc: [{ issuer_uri: "https://token.actions.githubusercontent.com" }],
  ...more,
});

/** Loads stacks, and notes the deploy-time steps that they run. */
export class Loader {
  readonly store = new ResourceStore();
  readonly steps: DeployStep[] = [];
  /** What the store held when each step ran. */
  readonly seen: (readonly string[])[] = [];

  load(resource: object, stack = "dev", more: object = {}) {
    return applyTerraformJson(
      this.store,
      { stack, text: JSON.stringify({ resource, ...more }) },
      {
        projects,
        variables: {},
        runDeployStep: async (step) => {
          this.steps.push(step);
          this.seen.push(this.addresses());
          if (step.command === "fail") throw new Error("the step failed");
        },
      },
    );
  }

  addresses = () => this.store.all().map(({ address }) => address);
  value = (address: string, name: string) => this.store.all().find((one) => one.address === address)?.values[name];
}
