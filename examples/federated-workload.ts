import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { Datasets, PurposeServiceAccount } from "../constructs/access";
import { GitHubActions } from "../constructs/federation";

/** Workflows of one repository's main branch read two datasets, without a key. */
export class FederatedWorkload extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const projectId = "example-data";
    new GoogleProvider(this, "google", { project: projectId });

    const github = new GitHubActions(this, "github", {
      projectId,
      environment: "prod",
      generation: "01",
      preventDestroy: true,
      // Numeric ids: a name can be taken over after a rename.
      ownerId: "58213377",
      repositoryId: "712345678",
      branches: ["main"],
    });
    const reports = new PurposeServiceAccount(this, "reports", {
      projectId,
      accountId: "reports-prod",
      purpose: "Monthly reports",
    });
    reports.grantBecome(github.workflows, "become-by-github");
    new Datasets(this, "data", { projectId, location: "EU", datasetIds: ["sales", "stock"] }).grant(reports, "viewer");
  }
}
