import { projectType } from "../store/own-records";
import type { ResourceStore } from "../store/resource-store";

/**
 * Id and number of the projects: of those that exist before anything is applied, and of those that the applied resources live
 * in. The stack of an environment is one project; its number stands in the names of pools, its id in the names of accounts and datasets.
 */
export function projectNumberOf(store: ResourceStore, idOrNumber: string): string | undefined {
  for (const project of projectsOf(store)) {
    if (project.numbers.has(idOrNumber)) return idOrNumber;
    if (project.ids.has(idOrNumber)) return [...project.numbers][0];
  }
  return undefined;
}

/** Whether two names, each an id or a number, mean one project. */
export function isSameProject(store: ResourceStore, left: string, right: string): boolean {
  if (left === right) return true;
  return projectsOf(store).some((project) => {
    const names = new Set([...project.ids, ...project.numbers]);
    return names.has(left) && names.has(right);
  });
}

interface ProjectNames {
  readonly ids: Set<string>;
  readonly numbers: Set<string>;
}

function projectsOf(store: ResourceStore): ProjectNames[] {
  const existing = store.ofType(projectType).map(({ values }) => ({
    ids: new Set([String(values["project_id"])]),
    numbers: new Set([String(values["number"])]),
  }));
  const stacks = new Map<string, ProjectNames>();
  for (const { stack, type, values } of store.all()) {
    if (!type.startsWith("google_")) continue;
    const project = stacks.get(stack) ?? { ids: new Set(), numbers: new Set() };
    stacks.set(stack, project);
    for (const name of [values["name"], values["id"]]) {
      const found = typeof name === "string" ? /^projects\/([a-z0-9-]+)\//.exec(name)?.[1] : undefined;
      if (found !== undefined) (/^\d+$/.test(found) ? project.numbers : project.ids).add(found);
    }
  }
  // A stack that names resources of several projects, as that of the organization does, tells nothing.
  const ofOneProject = [...stacks.values()].filter(({ ids, numbers }) => ids.size <= 1 && numbers.size <= 1);
  return [...existing, ...ofOneProject];
}
