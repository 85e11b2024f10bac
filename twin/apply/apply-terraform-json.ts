import { z } from "zod";
import { type Resource, readTerraformJson, resolveConfiguration } from "../../analysis";
import type { ResourceStore } from "../store/resource-store";
import { computedAttributes, type GoogleProject } from "./computed-attributes";
import { textAttribute } from "./resource-attribute";

/** A stack as it would be deployed. */
export interface StackConfiguration {
  /** Name of the stack. */
  readonly stack: string;
  /** Contents of its cdk.tf.json. */
  readonly text: string;
}

/** A deploy-time step that a resource of the stack declares. */
export interface DeployStep {
  readonly stack: string;
  readonly address: string;
  readonly command: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface ApplyOptions {
  readonly projects: readonly GoogleProject[];
  readonly variables: Readonly<Record<string, string>>;
  /** Runs a step after the resources of the stack exist; a step that throws fails the apply. */
  runDeployStep(step: DeployStep): Promise<void>;
}

const localExec = z.object({
  command: z.string(),
  environment: z.record(z.string(), z.string()).default({}),
  when: z.enum(["create", "destroy"]).default("create"),
});
const provisioners = z.array(z.object({ "local-exec": localExec })).default([]);

/**
 * Applies a stack to the store: what it declares is there afterwards, what it no longer declares is gone.
 * @throws {Error} where the JSON, a reference, a variable or a resource type is not understood; the store is unchanged then.
 */
export async function applyTerraformJson(
  store: ResourceStore,
  { stack, text }: StackConfiguration,
  options: ApplyOptions,
): Promise<readonly Resource[]> {
  const configuration = readTerraformJson(text, stack);
  const resources = resolveConfiguration(configuration, {
    variables: options.variables,
    computed: (resource) => computedAttributes(resource, projectOf(resource, options.projects, stack)),
  });
  const declared = new Set(resources.map(({ address }) => address));
  for (const resource of store.all()) {
    if (resource.stack === stack && !declared.has(resource.address)) store.remove(stack, resource.address);
  }
  for (const resource of resources) store.put(resource);
  for (const resource of resources) {
    for (const step of deployStepsOf(resource)) await options.runDeployStep(step);
  }
  return resources;
}

function projectOf(resource: Resource, projects: readonly GoogleProject[], stack: string): GoogleProject {
  const named = textAttribute(resource, "project");
  const project = projects.find(({ id, number, stack: owner }) => (named === undefined ? owner === stack : id === named || number === named));
  if (project === undefined) throw new Error(`${stack}: ${resource.address} names project ${named ?? "(none)"}, which does not exist.`);
  return project;
}

function deployStepsOf(resource: Resource): readonly DeployStep[] {
  if (resource.type !== "terraform_data") return [];
  return provisioners
    .parse(resource.values["provisioner"])
    .map((provisioner) => provisioner["local-exec"])
    .filter(({ when }) => when === "create")
    .map(({ command, environment }) => ({ stack: resource.stack, address: resource.address, command, environment }));
}
