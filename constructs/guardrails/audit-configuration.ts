import { OrganizationIamAuditConfig } from "@cdktf/provider-google/lib/organization-iam-audit-config";
import { ProjectIamAuditConfig } from "@cdktf/provider-google/lib/project-iam-audit-config";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { type AuditLogType, auditedServices, auditLogTypes, refusedAuditServices } from "../../facts/audit-log";
import { apiNamePattern, organizationIdPattern, projectIdPattern } from "../../facts/names";
import { requireForm, requireProperty, requireSome } from "../federation/property-error";

export interface AuditConfigurationProps {
  /** A project's logs hold exchanges and impersonation; an organization's the sign-ins of workforce pools. */
  readonly of: { readonly projectId: string } | { readonly organizationId: string };
  /** Logs by API, in place of those that tell who got in and what as. */
  readonly services?: Readonly<Record<string, readonly AuditLogType[]>>;
  readonly dependsOn?: readonly ITerraformDependable[];
}

/**
 * Turns on the audit logs that tell who exchanged a token, who became an account and who was let in. Without them an
 * exchange leaves no trace. Each entry replaces what the project says of that API, so declare one for each API only.
 * Source: cloud.google.com/iam/docs/audit-logging/examples-workload-identity.
 *
 * @throws PropertyError for an API that has no audit configuration of its own, or nothing to log
 */
export class AuditConfiguration extends Construct {
  constructor(scope: Construct, id: string, props: AuditConfigurationProps) {
    super(scope, id);
    const services = Object.entries(props.services ?? auditedServices);
    requireProperty(this, "services", "{}", services.length > 0, "expected at least one API");
    for (const [service, types] of services) {
      requireForm(this, "services", service, apiNamePattern, "expected an API, such as sts.googleapis.com");
      const instead = refusedAuditServices.get(service);
      const rule = `it has no audit configuration of its own; its calls are logged with ${instead ?? "another API"}`;
      requireProperty(this, "services", service, instead === undefined, rule);
      const known = `expected one of ${auditLogTypes.join(", ")}`;
      for (const type of requireSome(this, `services.${service}`, types))
        requireProperty(this, `services.${service}`, type, auditLogTypes.includes(type), known);
      const config = {
        service,
        auditLogConfig: types.map((logType) => ({ logType })),
        ...(props.dependsOn !== undefined && { dependsOn: [...props.dependsOn] }),
      };
      const name = service.replace(".googleapis.com", "");
      if ("projectId" in props.of) {
        const { projectId } = props.of;
        requireForm(this, "of.projectId", projectId, projectIdPattern, "expected a project id");
        new ProjectIamAuditConfig(this, name, { project: projectId, ...config });
      } else {
        const { organizationId } = props.of;
        requireForm(this, "of.organizationId", organizationId, organizationIdPattern, "expected the number");
        new OrganizationIamAuditConfig(this, name, { orgId: organizationId, ...config });
      }
    }
  }
}
