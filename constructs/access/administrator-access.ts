import { ProjectIamMember } from "@cdktf/provider-google/lib/project-iam-member";
import type { Construct } from "constructs";
import { basicRoles, impersonatingRoles, policyChangingRoles } from "../../facts/roles";
import type { Principal } from "../federation/principal";
import { requireProjectId } from "../federation/project-id";
import { requireForm, requireProperty, requireSome } from "../federation/property-error";
import { DirectAccess } from "./direct-access";
import { conditionOf } from "./holder";
import type { TimeWindow } from "./time-window";

export interface AdministratorAccessProps {
  readonly projectId: string;
  /** A group of a workforce pool. */
  readonly administrators: Principal;
  /** Predefined roles on the project, such as `roles/logging.viewer`. */
  readonly roles: readonly string[];
  readonly window?: TimeWindow | undefined;
  readonly killSwitch?: boolean | undefined;
}

/** Roles that on a project reach every service account of it. */
const wideRoles: readonly string[] = [...impersonatingRoles, "roles/iam.serviceAccountUser"];

/**
 * Administrators of a project: what a group of people sees and does in the console and by gcloud, after they have signed in
 * through their workforce pool. They may use the project's quota, without which gcloud gets no further than the login.
 * Source: cloud.google.com/iam/docs/workforce-obtaining-short-lived-credentials.
 */
export class AdministratorAccess extends DirectAccess {
  /** @throws PropertyError for principals of workloads, basic roles and roles that reach every service account */
  constructor(scope: Construct, id: string, props: AdministratorAccessProps) {
    super(scope, id, { principal: props.administrators, window: props.window, killSwitch: props.killSwitch });
    const people = props.administrators.pool === "workforce";
    requireProperty(this, "administrators", this.member, people, "expected people: a principal of a workforce pool");
    const project = requireProjectId(this, props.projectId);
    const roles = requireSome(this, "roles", props.roles);
    for (const role of roles) {
      requireForm(this, "roles", role, /^roles\/[A-Za-z0-9.]+$/, "expected a predefined role: roles/SERVICE.NAME");
      const narrow = !basicRoles.has(role);
      requireProperty(this, "roles", role, narrow, "a basic role reaches everything; name the roles of the services");
      const rule = "on a project it reaches every service account; let people become one account by grantBecome";
      requireProperty(this, "roles", role, !wideRoles.includes(role), rule);
      const lasting = "whoever has it may take every other role; let people ask for it each time by ProductionApproval";
      requireProperty(this, "roles", role, !policyChangingRoles.includes(role), lasting);
    }
    if (this.cutOff) return;
    for (const role of new Set([...roles, "roles/serviceusage.serviceUsageConsumer"])) {
      new ProjectIamMember(this, role.replace("roles/", ""), {
        project,
        role,
        member: this.member,
        ...conditionOf(this),
      });
    }
  }
}
