import type { Json, Resource } from "../terraform/resource";

/** Keys by which a policy's resource is found again. Projects are named by their id. */

export const projectKey = (project: string): string => `projects/${project}`;
export const datasetKey = (project: string, dataset: string): string => `projects/${project}/datasets/${dataset}`;
export const cloudRunServiceKey = (project: string, location: string, name: string): string =>
  `projects/${project}/locations/${location}/services/${name}`;
export const backendServiceKey = (project: string, name: string): string =>
  `projects/${project}/iap_web/compute/services/${name}`;

/** All that IAP guards in a project. */
export const iapWebKey = (project: string): string => `projects/${project}/iap_web`;

/** Ids and numbers of the projects that the resources name. */
export class ProjectNames {
  readonly #idByNumber = new Map<string, string>();
  readonly #ofStack = new Map<string, Set<string>>();

  constructor(resources: readonly Resource[]) {
    for (const { type, stack, values } of resources) {
      const { project_id: id, number } = values;
      if (type === "google_project" && typeof id === "string" && typeof number === "string") {
        this.#idByNumber.set(number, id);
      }
      const stated = values["project"];
      if (typeof stated !== "string") continue;
      const project = stated.replace(/^projects\//, "");
      const named = typeof values["name"] === "string" ? /^projects\/([0-9]+)\//.exec(values["name"])?.[1] : undefined;
      if (named !== undefined && !/^[0-9]+$/.test(project)) this.#idByNumber.set(named, project);
      const known = this.#ofStack.get(stack) ?? new Set();
      this.#ofStack.set(stack, known.add(project));
    }
  }

  /** The id of a project named by id or number, with or without `projects/`. */
  idOf(project: string): string {
    const plain = project.replace(/^projects\//, "");
    return this.#idByNumber.get(plain) ?? plain;
  }

  /**
   * The id of a resource's project: what a full name says, what the resource states, or the only one of its stack.
   * @throws {Error} where none of these tells it
   */
  of({ stack, values }: Resource, name?: Json): string {
    const inName = typeof name === "string" ? /^projects\/([^/]+)\//.exec(name)?.[1] : undefined;
    if (inName !== undefined) return this.idOf(inName);
    if (typeof values["project"] === "string") return this.idOf(values["project"]);
    const ids = new Set([...(this.#ofStack.get(stack) ?? [])].map((project) => this.idOf(project)));
    const [only] = ids;
    if (only === undefined || ids.size > 1) throw new Error("project: it is not stated");
    return only;
  }
}
