import { z } from "zod";
import { rolePermissions } from "../../facts/roles";
import type { Resource } from "../terraform/resource";
import type { ProjectNames } from "./resource-key";
import { type Unreadable, unreadable } from "./unreadable";

const customRole = z.object({
  role_id: z.string().min(1),
  permissions: z.array(z.string()),
  project: z.string().nullish(),
  org_id: z.string().nullish(),
  deleted: z.boolean().nullish(),
});

/**
 * What roles let their holder do: the predefined ones as far as facts/roles knows them, and the custom ones that the
 * resources define.
 */
export class Roles {
  readonly #custom = new Map<string, ReadonlySet<string>>();
  readonly unreadable: readonly Unreadable[];

  constructor(
    resources: readonly Resource[],
    private readonly projects: ProjectNames,
  ) {
    this.unreadable = resources.flatMap((resource) => this.#learn(resource));
  }

  /** The permissions of a role; undefined where they are not known here, so that the role grants nothing. */
  permissionsOf(role: string): ReadonlySet<string> | undefined {
    return this.#custom.get(this.#named(role)) ?? rolePermissions.get(role);
  }

  #learn(resource: Resource): readonly Unreadable[] {
    const isProjects = resource.type === "google_project_iam_custom_role";
    if (!isProjects && resource.type !== "google_organization_iam_custom_role") return [];
    const parsed = customRole.safeParse(resource.values);
    if (!parsed.success) return [unreadable(resource, parsed.error)];
    const { role_id: id, permissions, org_id: organization, deleted } = parsed.data;
    try {
      const parent = isProjects ? `projects/${this.projects.of(resource)}` : `organizations/${organization ?? ""}`;
      this.#custom.set(`${parent}/roles/${id}`, deleted === true ? new Set() : new Set(permissions));
      return [];
    } catch (error) {
      return [{ address: resource.address, problem: error instanceof Error ? error.message : "not readable" }];
    }
  }

  /** A custom role may be named with its project's number. */
  #named(role: string): string {
    const [, project, id] = /^projects\/([^/]+)\/roles\/(.+)$/.exec(role) ?? [];
    return project === undefined ? role : `projects/${this.projects.idOf(project)}/roles/${id}`;
  }
}
