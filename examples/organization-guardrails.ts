import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import {
  FederationDenyPolicy,
  OrganizationPolicies,
  PrincipalAccessBoundary,
  ProviderConditionConstraint,
} from "../constructs/guardrails";

/** No keys, known issuers only, and the identities of a project stay in it: for an organization, deployed once. */
export class OrganizationGuardrails extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const organizationId = "402918374650";
    new GoogleProvider(this, "google", { project: "example-admin", billingProject: "example-admin" });

    new OrganizationPolicies(this, "policies", {
      organizationId,
      allowedIssuers: ["https://token.actions.githubusercontent.com"],
      allowedMembers: ["serviceAccount:service-710000000003@gcp-sa-iap.iam.gserviceaccount.com"],
    });
    new ProviderConditionConstraint(this, "provider-condition", { organizationId });
    new PrincipalAccessBoundary(this, "boundary", {
      organizationId,
      name: "prod",
      project: { id: "example-data", number: "710000000003" },
    });
    new FederationDenyPolicy(this, "deny", {
      parent: "projects/example-data",
      deployers: ["ci-apply-prod@example-data.iam.gserviceaccount.com"],
      breakGlass: ["principalSet://goog/group/cloud-emergency@example.com"],
    });
  }
}
