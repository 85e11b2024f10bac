import { DataResource, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { type DeployStepInputs, type DeployStepName, deploySteps } from "./deploy-step-inputs";

export interface DeployStepProps<Name extends DeployStepName> {
  readonly step: Name;
  /** A step runs again when one of them changes. */
  readonly inputs: DeployStepInputs<Name>;
  readonly dependsOn?: readonly ITerraformDependable[];
}

/**
 * What Terraform's resources cannot say, done by a script of ours while Terraform applies: a `terraform_data` resource
 * whose provisioner runs `node cli/keyless.cjs step NAME`. Whatever has to come after the step names it in `dependsOn`.
 *
 * A step that belongs to the end of a resource runs when the `terraform_data` is destroyed, which is before what its
 * inputs refer to is. Inputs travel in environment variables: in the command they would be read by a shell.
 */
export class DeployStep<Name extends DeployStepName> extends Construct implements ITerraformDependable {
  readonly #resource: DataResource;

  constructor(scope: Construct, id: string, { step, inputs, dependsOn = [] }: DeployStepProps<Name>) {
    super(scope, id);
    const { when, inputs: variables } = deploySteps[step];
    const values = new Map<string, string>(Object.entries(inputs));
    const environment = Object.entries(variables).map(([input, variable]) => [
      variable,
      // When a resource is destroyed its configuration may already be gone or changed; only its own state may be named.
      when === "destroy" ? `\${self.triggers_replace.${input}}` : (values.get(input) ?? ""),
    ]);
    this.#resource = new DataResource(this, "run", {
      triggersReplace: { ...inputs },
      provisioners: [
        {
          type: "local-exec",
          command: `node cli/keyless.cjs step ${step}`,
          environment: Object.fromEntries(environment),
          // From cdktf.out/stacks/STACK, where Terraform runs, to the root of the project.
          // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform fills it in
          workingDir: "${path.root}/../../..",
          ...(when === "destroy" && { when }),
        },
      ],
      ...(dependsOn.length > 0 && { dependsOn: [...dependsOn] }),
    });
  }

  /** What `dependsOn` of another resource takes. */
  get fqn(): string {
    return this.#resource.fqn;
  }
}
