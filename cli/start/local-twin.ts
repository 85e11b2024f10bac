import { resolve } from "node:path";
import { people } from "../../environments/people";
import type { Environment } from "../../environments/schema";
import { PortTakenError, projectDirectory, startTwin, type Twin } from "../../twin";
import { type Environments, inOrder } from "../environments";
import { UserError } from "../user-error";
import { deployStepOnTwin } from "./deploy-step-on-twin";
import type { Progress } from "./progress";
import { synthesize } from "./synthesize";

const root = projectDirectory();

export interface LocalTwinOptions {
  readonly port?: number | undefined;
  readonly httpPort?: number | undefined;
  readonly machinePort?: number | undefined;
}

/**
 * Synthesizes all environments, starts a twin and applies them side by side.
 * @throws {UserError} where a port is taken or the synthesis fails
 */
export async function startLocalTwin(
  progress: Progress,
  environments: Environments,
  options: LocalTwinOptions = {},
): Promise<Twin> {
  const configurations = await progress.task(
    "Synthesize Terraform JSON of all environments",
    synthesize,
    (stacks) => ({ ok: true, details: [{ label: "stacks", text: stacks.map(({ stack }) => stack).join(", ") }] }),
  );
  const all = inOrder(environments);
  const [any] = all;
  if (any === undefined) throw new UserError("there is no environment");
  const twin = await progress.task(
    "Start the twin: issuers, Google's services, Entra, load balancer, handlers' bundles",
    () => startTwinOrSay(any, all, options),
    ({ overview }) => ({ ok: true, details: [{ label: "hosts", text: overview }] }),
  );
  try {
    for (const configuration of configurations) {
      await progress.task(
        `Apply ${configuration.stack}`,
        () => twin.apply(configuration, (step) => deployStepOnTwin(twin, step)),
        (count) => ({ ok: true, details: [{ label: "resources", text: String(count) }] }),
      );
    }
    twin.describe(all.flatMap(describeHosts));
    return twin;
  } catch (error) {
    await twin.close();
    throw error;
  }
}

async function startTwinOrSay(any: Environment, all: readonly Environment[], options: LocalTwinOptions): Promise<Twin> {
  try {
    return await startTwin({
      projects: all.map(({ name, project }) => ({ id: project.id, number: project.number, stack: name })),
      entraTenantId: any.entra.tenantId,
      people,
      brokerSecrets: { key: any.broker.certificate.keySecret, certificate: any.broker.certificate.certificateSecret },
      directory: resolve(root, `.keyless/twin-${process.pid}`),
      bundleDirectory: resolve(root, ".keyless/handlers"),
      ...options,
    });
  } catch (error) {
    if (error instanceof PortTakenError) throw new UserError(error.message);
    throw error;
  }
}

function describeHosts({ name, gateway }: Environment) {
  return [{ hostname: gateway.domain, description: `${name}: the gateway and its apps` }];
}

