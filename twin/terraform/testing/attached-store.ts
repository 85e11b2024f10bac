import { ResourceStore } from "../../store/resource-store";
import { attachTerraform, type TerraformAttachment } from "../provider";
import { resourceRules } from "../rules";

/** The project of the test stack. */
export const testProject = { id: "data-dev", number: "710000000001", stack: "dev" } as const;

/** A store that Terraform manages as stack `dev`, without the rest of the twin. */
export interface AttachedStore {
  readonly store: ResourceStore;
  readonly attachment: TerraformAttachment;
}

export async function attachStore(store = new ResourceStore()): Promise<AttachedStore> {
  const attachment = await attachTerraform({
    rules: resourceRules,
    context: () => ({ stack: "dev", project: testProject, projects: [testProject], store, now: Date.now() }),
    variables: {},
    stepEndpoints: { iam: "https://iam.localhost", serviceUsage: "https://serviceusage.localhost" },
    accessToken: "test",
    certificateAuthorityFile: "",
  });
  return { store, attachment };
}

/** Terraform JSON of a stack with these resources. */
export function configurationOf(resource: object, more: object = {}): object {
  return {
    terraform: {
      required_providers: {
        google: { source: "hashicorp/google", version: "6.50.0" },
        azuread: { source: "hashicorp/azuread", version: "3.7.0" },
      },
    },
    provider: { google: [{ project: testProject.id }], azuread: [{}] },
    resource,
    ...more,
  };
}
