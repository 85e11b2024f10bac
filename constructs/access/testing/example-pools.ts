import { IamWorkforcePool } from "@cdktf/provider-google/lib/iam-workforce-pool";
import { IamWorkloadIdentityPool } from "@cdktf/provider-google/lib/iam-workload-identity-pool";
import { TerraformStack, Testing } from "cdktf";
import { z } from "zod";
import { Principal } from "../../federation/principal";

export const newStack = () => new TerraformStack(Testing.app(), "dev");

export const workload = (scope: TerraformStack, subject = "job") =>
  Principal.withSubject(
    new IamWorkloadIdentityPool(scope, `pool-${scope.node.children.length}`, {
      workloadIdentityPoolId: "example-dev-01",
    }),
    subject,
  );
export const people = (scope: TerraformStack, group = "administrators") =>
  Principal.withGroup(
    new IamWorkforcePool(scope, `people-${scope.node.children.length}`, {
      parent: "organizations/1",
      location: "global",
      workforcePoolId: "example-people-01",
    }),
    group,
  );

const binding = z.looseObject({
  role: z.string(),
  member: z.string(),
  condition: z.object({ title: z.string(), description: z.string(), expression: z.string() }).optional(),
});
const synthesized = z.object({ resource: z.record(z.string(), z.record(z.string(), z.looseObject({}))).default({}) });

/** All resources of a type. */
export const resourcesOf = (stack: TerraformStack, type: string) =>
  Object.values(synthesized.parse(JSON.parse(Testing.synth(stack))).resource[type] ?? {});

/** All bindings of a stack, whatever they are on. */
export const bindingsOf = (stack: TerraformStack) =>
  Object.entries(synthesized.parse(JSON.parse(Testing.synth(stack))).resource)
    .filter(([type]) => type.endsWith("_iam_member"))
    .flatMap(([, resources]) => Object.values(resources).map((one) => binding.parse(one)));
