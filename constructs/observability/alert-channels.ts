import { MonitoringNotificationChannel } from "@cdktf/provider-google/lib/monitoring-notification-channel";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { emailPattern } from "../../facts/names";
import { requireProjectId } from "../federation/project-id";
import { requireProperty, requireSome } from "../federation/property-error";

export interface AlertChannelsProps {
  readonly projectId: string;
  /** Who is written to. */
  readonly emails: readonly string[];
  readonly dependsOn?: readonly ITerraformDependable[];
}

/** Where alerts go. @throws PropertyError for no address, or one out of form */
export class AlertChannels extends Construct {
  /** Names of the notification channels. */
  readonly names: readonly string[];

  constructor(scope: Construct, id: string, { projectId, emails, dependsOn }: AlertChannelsProps) {
    super(scope, id);
    this.names = requireSome(this, "emails", emails).map((email, index) => {
      requireProperty(this, "emails", email.slice(0, 80), emailPattern.test(email), "expected an e-mail");
      return new MonitoringNotificationChannel(this, `email-${index + 1}`, {
        project: requireProjectId(this, projectId),
        type: "email",
        displayName: `Keyless: ${email}`,
        labels: { email_address: email },
        ...(dependsOn !== undefined && { dependsOn: [...dependsOn] }),
      }).name;
    });
  }
}
