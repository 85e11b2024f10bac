import { resolve } from "node:path";
import { loadOrganization, organizationStackName } from "../../environments/load-organization";
import { people } from "../../environments/people";
import type { Environment } from "../../environments/schema";
import { PortTakenError, projectDirectory, startTwin, type Twin, type TwinOptions } from "../../twin";
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
  const configurations = await progress.task("Synthesize Terraform JSON of all environments", synthesize, (stacks) => ({
    ok: true,
    details: [{ label: "stacks", text: stacks.map(({ stack }) => stack).join(", ") }],
  }));
  const all = inOrder(environments);
  const twin = await progress.task(
    "Start the twin: issuers, Google's services, Entra, load balancer, handlers' bundles",
    () => startEmptyTwin(all, options),
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
    await progress.task(
      "Start the services that keep an instance up",
      () => twin.runner.start(),
      () => ({ ok: true, details: [] }),
    );
    twin.describe(hostsOf(all));
    return twin;
  } catch (error) {
    await twin.close();
    throw error;
  }
}

/**
 * Starts an empty twin in which the projects of the environments and of the organization exist.
 * @throws {UserError} where a port is taken
 */
export async function startEmptyTwin(
  all: readonly Environment[],
  options: LocalTwinOptions & Partial<Pick<TwinOptions, "keys" | "directory" | "onError">> = {},
): Promise<Twin> {
  const [any] = all;
  if (any === undefined) throw new UserError("there is no environment");
  try {
    return await startTwin({
      projects: [
        ...all.map(({ name, project }) => ({ id: project.id, number: project.number, stack: name })),
        { ...loadOrganization().project, stack: organizationStackName },
      ],
      entraTenantId: any.entra.tenantId,
      people,
      groupNames: Object.fromEntries(
        all.flatMap(({ groups }) => Object.entries(groups).map(([name, id]) => [id, name])),
      ),
      brokerSecrets: { key: any.broker.certificate.keySecret, certificate: any.broker.certificate.certificateSecret },
      directory: resolve(root, `.keyless/twin-${process.pid}`),
      ...options,
    });
  } catch (error) {
    if (error instanceof PortTakenError) throw new UserError(error.message);
    throw error;
  }
}

/** What the twin's overview lists. */
export const hostsOf = (all: readonly Environment[]) => [...all.map(gatewayEntry), ...sharedHosts];

const gatewayEntry = ({ name, gateway }: Environment) => ({
  hostname: gateway.domain,
  description: `${name}: the gateway and its apps`,
});

/** The hosts that all environments share, for the overview. */
const sharedHosts = [
  { hostname: "login.microsoftonline.com", description: "Entra: login and tokens" },
  { hostname: "auth.cloud.google", description: "sign-in of workforce pools" },
  { hostname: "iap.googleapis.com", description: "Identity-Aware Proxy: end of the sign-in" },
  { hostname: "www.gstatic.com", description: "keys of IAP's assertions" },
  { hostname: "sts.googleapis.com", description: "Security Token Service: token exchange" },
  { hostname: "iamcredentials.googleapis.com", description: "tokens of service accounts" },
  { hostname: "iam.googleapis.com", description: "IAM administration, as deploy-time steps use it" },
  { hostname: "serviceusage.googleapis.com", description: "service agents" },
  { hostname: "bigquery.googleapis.com", description: "the protected resource of the tour" },
  { hostname: "token.actions.githubusercontent.com", description: "GitHub Actions: discovery and keys" },
  { hostname: "accounts.google.com", description: "Google accounts: discovery and keys" },
];
