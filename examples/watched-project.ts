import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { AuditConfiguration, CloudArmor, QueryQuota } from "../constructs/guardrails";
import { AlertChannels, FederationAlerts, FederationDashboard, FederationMetrics } from "../constructs/observability";

/** Whoever gets in is seen, whoever should not is told of, and nobody reads more than was meant. */
export class WatchedProject extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const project = { projectId: "example-data", projectNumber: "710000000003" };
    const { projectId } = project;
    new GoogleProvider(this, "google", { project: projectId });

    new AuditConfiguration(this, "audit", { of: { projectId } });
    new QueryQuota(this, "quota", {
      projectId,
      tebibytesPerDay: 10,
      tebibytesPerUserPerDay: 1,
      contactEmail: "cloud@example.com",
    });
    new CloudArmor(this, "armor", {
      projectId,
      name: "people-gateway",
      rateLimit: { requests: 600, intervalSeconds: 60 },
    });

    const watched = {
      ...project,
      expected: [
        {
          account: "reports-prod@example-data.iam.gserviceaccount.com",
          pools: ["projects/710000000003/locations/global/workloadIdentityPools/github-prod-01"],
        },
      ],
      deployers: ["ci-apply-prod@example-data.iam.gserviceaccount.com"],
    };
    const brokerService = "token-broker";
    const metrics = new FederationMetrics(this, "metrics", { ...watched, brokerService });
    const { names: channels } = new AlertChannels(this, "channels", { projectId, emails: ["on-call@example.com"] });
    new FederationAlerts(this, "alerts", { ...watched, metrics, channels });
    new FederationDashboard(this, "dashboard", { projectId, title: "Federation", metrics, brokerService });
  }
}
