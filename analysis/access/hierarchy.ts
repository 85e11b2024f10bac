import type { Json, Resource } from "../terraform/resource";
import type { ProjectNames } from "./resource-key";

const lastSegment = (name: string): string => name.slice(name.lastIndexOf("/") + 1);
const textOf = (value: Json | undefined): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/**
 * Which folders and organization a project lies in, as far as the resources say. Policies are inherited from above.
 * Source: cloud.google.com/iam/docs/resource-hierarchy-access-control.
 */
export class Hierarchy {
  /** Key of what a project or folder lies in, by its own key. */
  readonly #parents = new Map<string, string>();
  readonly #organizations = new Set<string>();

  constructor(
    resources: readonly Resource[],
    private readonly projects: ProjectNames,
  ) {
    for (const resource of resources) this.#learn(resource);
  }

  /**
   * Keys of the folders and the organization above a project, the nearest first. A project of which nothing is said is taken
   * to lie in the only organization that is named; where none or several are, in none.
   * @param project id or number
   */
  above(project: string): readonly string[] {
    const found: string[] = [];
    let current = this.#parents.get(`projects/${this.projects.idOf(project)}`);
    // A folder that lies in itself ends the way.
    while (current !== undefined && !found.includes(current)) {
      found.push(current);
      current = this.#parents.get(current);
    }
    const [only, ...more] = this.#organizations;
    const isWhole = found.some((key) => key.startsWith("organizations/"));
    return isWhole || only === undefined || more.length > 0 ? found : [...found, only];
  }

  #learn({ type, values }: Resource): void {
    const organization = textOf(values["org_id"]);
    if (organization !== undefined && /^(organizations\/)?[0-9]+$/.test(organization)) {
      this.#organizations.add(`organizations/${lastSegment(organization)}`);
    }
    const parent = textOf(values["parent"]);
    if (parent !== undefined && /^organizations\/[0-9]+$/.test(parent)) this.#organizations.add(parent);
    if (type === "google_project") {
      const id = textOf(values["project_id"]);
      const folder = textOf(values["folder_id"]);
      if (id === undefined) return;
      if (folder !== undefined) this.#parents.set(`projects/${id}`, `folders/${lastSegment(folder)}`);
      else if (organization !== undefined) {
        this.#parents.set(`projects/${id}`, `organizations/${lastSegment(organization)}`);
      }
    }
    if (type === "google_folder") {
      const name = textOf(values["name"]) ?? textOf(values["folder_id"]);
      if (name !== undefined && parent !== undefined) this.#parents.set(`folders/${lastSegment(name)}`, parent);
    }
  }
}
