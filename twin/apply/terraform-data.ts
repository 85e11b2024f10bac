import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Resource } from "../../analysis";
import type { ResourceRules } from "../terraform/rules";
import { isObject, text } from "../terraform/rules/values";

/** Terraform's own resource, which the direct loader plays: it holds values and runs deploy-time steps. */
export const terraformDataType = "terraform_data";

/** Source: developer.hashicorp.com/terraform/language/resources/terraform-data. */
export const terraformDataRules: ResourceRules = {
  forceNew: ["triggers_replace"],
  invented: ["id"],
  identity: (values) => text(values, "id") ?? "",
  computed: (values) => ({ id: text(values, "id") ?? randomUUID(), output: values["input"] ?? null }),
};

/** A deploy-time step that a resource of the stack declares. */
export interface DeployStep {
  readonly stack: string;
  readonly address: string;
  readonly command: string;
  readonly environment: Readonly<Record<string, string>>;
}

const localExec = z.object({
  command: z.string(),
  environment: z.record(z.string(), z.string()).default({}),
  when: z.enum(["create", "destroy"]).default("create"),
});
const provisioners = z.array(z.object({ "local-exec": localExec })).default([]);

/**
 * The steps of a resource that run at its creation or destruction.
 * @throws {z.ZodError} for a provisioner other than local-exec
 */
export function deployStepsOf(resource: Resource, when: "create" | "destroy"): readonly DeployStep[] {
  if (resource.type !== terraformDataType) return [];
  return provisioners
    .parse(resource.values["provisioner"])
    .map((provisioner) => provisioner["local-exec"])
    .filter((step) => step.when === when)
    .map(({ command, environment }) => ({
      stack: resource.stack,
      address: resource.address,
      command,
      environment: Object.fromEntries(
        Object.entries(environment).map(([name, value]) => [name, withOwnValues(value, resource)]),
      ),
    }));
}

/** Fills in `self`: the resource as it is when the step runs. */
function withOwnValues(template: string, { stack, address, values }: Resource): string {
  return template.replace(/\$\{self\.([a-z_]+)(?:\.([A-Za-z_][\w-]*))?\}/g, (whole, name: string, inner?: string) => {
    const value = values[name];
    const found =
      inner === undefined ? value : isObject(value) && Object.hasOwn(value, inner) ? value[inner] : undefined;
    if (typeof found === "string" || typeof found === "number" || typeof found === "boolean") return String(found);
    throw new Error(`${stack}: ${address}: ${whole} has no value`);
  });
}
