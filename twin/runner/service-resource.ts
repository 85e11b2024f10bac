import { z } from "zod";
import type { Resource } from "../../analysis";

/** Terraform writes a nested block as an object or as a list; absent arguments may be null. */
const blocks = <Block extends z.ZodType>(block: Block) =>
  z.preprocess(
    (value) => (value === undefined || value === null ? [] : Array.isArray(value) ? value : [value]),
    z.array(block),
  );
const atMostOne = <Block extends z.ZodType>(block: Block) =>
  blocks(block)
    .refine((list) => list.length <= 1, "expected at most one block")
    .transform((list) => list[0]);

const integer = z.coerce.number().int().nonnegative();
const seconds = z
  .string()
  .regex(/^[0-9]+(\.[0-9]+)?s$/, "expected seconds, such as 300s")
  .transform((text) => Number(text.slice(0, -1)));
const boolean = z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")]);
const secretReference = z
  .string()
  .regex(/^([A-Za-z0-9_-]+|projects\/[^/]+\/secrets\/[A-Za-z0-9_-]+)$/, "expected a secret");
const relativeFile = z
  .string()
  .regex(/^(?!.*(^|\/)\.\.?(\/|$))[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/, "expected a relative path");

const probeSchema = z.object({
  initial_delay_seconds: integer.nullish(),
  period_seconds: integer.nullish(),
  failure_threshold: integer.nullish(),
  http_get: atMostOne(z.object({ path: z.string().startsWith("/").nullish(), port: integer.nullish() })),
  tcp_socket: atMostOne(z.object({ port: integer.nullish() })),
});

const containerSchema = z.object({
  image: z.string(),
  env: blocks(
    z.object({
      name: z.string().min(1),
      value: z.string().nullish(),
      value_source: atMostOne(z.object({ secret_key_ref: atMostOne(z.object({ secret: secretReference })) })),
    }),
  ),
  ports: atMostOne(z.object({ container_port: integer.nullish() })),
  startup_probe: atMostOne(probeSchema),
  volume_mounts: blocks(z.object({ name: z.string(), mount_path: z.string().startsWith("/") })),
});

const serviceSchema = z.object({
  id: z.string().regex(/^projects\/[^/]+\/locations\/[^/]+\/services\/[^/]+$/),
  name: z.string().min(1),
  location: z.string().min(1),
  uri: z.url(),
  latest_ready_revision: z.string().nullish(),
  ingress: z
    .enum(["INGRESS_TRAFFIC_ALL", "INGRESS_TRAFFIC_INTERNAL_ONLY", "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"])
    .nullish(),
  invoker_iam_disabled: boolean.nullish(),
  template: atMostOne(
    z.object({
      timeout: seconds.nullish(),
      service_account: z.string().nullish(),
      scaling: atMostOne(z.object({ min_instance_count: integer.nullish() })),
      volumes: blocks(
        z.object({
          name: z.string(),
          secret: atMostOne(z.object({ secret: secretReference, items: blocks(z.object({ path: relativeFile })) })),
        }),
      ),
      containers: blocks(containerSchema).refine(
        (containers) => containers.length === 1,
        "expected exactly one container; the twin runs no sidecars",
      ),
    }),
  ),
});

/** A file that a secret is mounted as. */
export interface SecretMount {
  /** Name of the secret, without its project. */
  readonly secret: string;
  readonly mountPath: string;
  /** Relative to the mount path. */
  readonly file: string;
}

export interface StartupProbe {
  /** Path of an HTTP probe; absent for a probe that only connects. */
  readonly path?: string;
  readonly port: number;
  /** Milliseconds until the probe has failed for good. */
  readonly deadline: number;
}

/** A `google_cloud_run_v2_service` as the runner needs it. */
export interface CloudRunService {
  readonly stack: string;
  readonly name: string;
  readonly project: string;
  readonly location: string;
  /** Host of the service's own run.app address. */
  readonly hostname: string;
  readonly revision: string;
  readonly ingress: "all" | "internal" | "internal-and-load-balancer";
  readonly invokerIamDisabled: boolean;
  /** E-mail of the account that the service runs as. */
  readonly account?: string;
  readonly image: string;
  readonly port: number;
  readonly environment: readonly ({ readonly name: string } & (
    | { readonly value: string }
    | { readonly secret: string }
  ))[];
  readonly secretMounts: readonly SecretMount[];
  readonly startupProbe: StartupProbe;
  /** Milliseconds that a request may take. */
  readonly requestTimeout: number;
  readonly minimumInstances: number;
}

/** A service's arguments are not as Cloud Run takes them; the message names address, path and expectation. */
export class InvalidServiceError extends Error {
  override readonly name = "InvalidServiceError";
}

const ingressNames = {
  INGRESS_TRAFFIC_ALL: "all",
  INGRESS_TRAFFIC_INTERNAL_ONLY: "internal",
  INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER: "internal-and-load-balancer",
} as const;

/**
 * Reads a service. Defaults are Cloud Run's: port 8080, all ingress, 300 seconds a request, and without a probe a TCP
 * probe of 240 seconds (cloud.google.com/run/docs/configuring/healthchecks).
 * @throws InvalidServiceError
 */
export function readService(resource: Resource): CloudRunService {
  const parsed = serviceSchema.safeParse(resource.values);
  const template = parsed.data?.template;
  const container = template?.containers[0];
  if (!parsed.success || template === undefined || container === undefined) {
    const issue = parsed.error?.issues[0];
    const problem = issue === undefined ? "template: expected a block" : `${issue.path.join(".")}: ${issue.message}`;
    throw new InvalidServiceError(`${resource.stack}: ${resource.address}: ${problem}`);
  }
  const { data } = parsed;
  const port = container.ports?.container_port ?? 8080;
  return {
    stack: resource.stack,
    name: data.name,
    project: data.id.split("/")[1] ?? "",
    location: data.location,
    hostname: new URL(data.uri).hostname,
    revision: data.latest_ready_revision ?? `${data.name}-00001`,
    ingress: ingressNames[data.ingress ?? "INGRESS_TRAFFIC_ALL"],
    invokerIamDisabled: data.invoker_iam_disabled ?? false,
    ...(template.service_account ? { account: template.service_account } : {}),
    image: container.image,
    port,
    environment: container.env.map(({ name, value, value_source }) => {
      const secret = value_source?.secret_key_ref?.secret;
      return secret === undefined ? { name, value: value ?? "" } : { name, secret: secretName(secret) };
    }),
    secretMounts: container.volume_mounts.flatMap(({ name, mount_path }) => {
      const secret = template.volumes.find((volume) => volume.name === name)?.secret;
      if (secret === undefined) {
        throw new InvalidServiceError(
          `${resource.stack}: ${resource.address}: template.volumes: expected a secret volume "${name}"; the twin mounts no others`,
        );
      }
      const files = secret.items.length === 0 ? [secretName(secret.secret)] : secret.items.map(({ path }) => path);
      return files.map((file) => ({
        secret: secretName(secret.secret),
        mountPath: mount_path.replace(/\/+$/, ""),
        file,
      }));
    }),
    startupProbe: readProbe(container.startup_probe, port),
    requestTimeout: (template.timeout ?? 300) * 1000,
    minimumInstances: template.scaling?.min_instance_count ?? 0,
  };
}

const secretName = (reference: string): string => reference.slice(reference.lastIndexOf("/") + 1);

function readProbe(probe: z.output<typeof probeSchema> | undefined, containerPort: number): StartupProbe {
  if (probe === undefined) {
    return { port: containerPort, deadline: 240_000 };
  }
  const tries = (probe.period_seconds ?? 10) * (probe.failure_threshold ?? 3);
  const deadline = ((probe.initial_delay_seconds ?? 0) + tries) * 1000;
  return probe.http_get === undefined
    ? { port: probe.tcp_socket?.port ?? containerPort, deadline }
    : { path: probe.http_get.path ?? "/", port: probe.http_get.port ?? containerPort, deadline };
}
