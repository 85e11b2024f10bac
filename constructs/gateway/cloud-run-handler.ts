import { CloudRunV2Service } from "@cdktf/provider-google/lib/cloud-run-v2-service";
import { CloudRunV2ServiceIamMember } from "@cdktf/provider-google/lib/cloud-run-v2-service-iam-member";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { imageByDigestPattern } from "../../facts/artifact-registry";
import type { PurposeServiceAccount } from "../access/purpose-service-account";
import { requireProperty } from "../federation/property-error";
import { handlerConfigJson } from "./handler-config-json";
import { requireDistinct, requireMatch, waitingFor } from "./property-rules";
import { checkSecretFiles, type SecretFile, secretVolumeMounts, secretVolumes } from "./secret-file";

export interface CloudRunHandlerProps {
  /** Name of the service, at most 49 of a-z, 0-9 and -. */
  readonly name: string;
  readonly projectId: string;
  readonly projectNumber: string;
  readonly region: string;
  /** Image reference by digest, `...@sha256:<64 hex>`, or a Terraform variable that checks it. */
  readonly image: string;
  /** The handler's configuration; see `handlerConfigJson` for what it may hold. */
  readonly config: Record<string, unknown>;
  /** The service's own account. */
  readonly account: PurposeServiceAccount;
  /** Members (`serviceAccount:...`) that may invoke the service, or the load balancer of the machine front. */
  readonly invokers: readonly string[] | "machine-front";
  readonly secretFiles?: readonly SecretFile[];
  /** Variables beside the configuration, for values that no JSON can hold. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Network that private addresses are reached through; everything else goes by the internet. None unless given. */
  readonly network?: { readonly network: string; readonly subnetwork: string };
  /** What the service and its invoker bindings wait for. With `secretFiles`: the account's rights to read them. */
  readonly dependsOn?: readonly ITerraformDependable[];
  /** Whether Terraform refuses to delete the service. Default true. */
  readonly deletionProtection?: boolean;
  /**
   * Whether the handler has work to do between requests, such as refreshing tokens: keeps one instance up, with CPU all
   * the time, and bills it so. Default false.
   */
  readonly worksInBackground?: boolean;
  /** Memory limit of an instance. Default 512Mi. */
  readonly memory?: string;
}

/** Port that the container listens on; Cloud Run tells it in `PORT`. */
const containerPort = 8080;

/**
 * A handler on Cloud Run, reachable through a load balancer only.
 * Source: cloud.google.com/run/docs/securing/ingress, cloud.google.com/run/docs/configuring/services/secrets.
 *
 * @throws PropertyError for an image without digest, an invoker that is no service account, clashing secret files
 */
export class CloudRunHandler extends Construct {
  /** The name as a plain string: a network endpoint group that names it so makes no dependency cycle. */
  readonly serviceName: string;
  readonly service: CloudRunV2Service;
  /** Cloud Run's own address of the service, from where the ingress rule admits nobody outside. */
  readonly address: string;

  constructor(scope: Construct, id: string, props: CloudRunHandlerProps) {
    super(scope, id);
    this.#check(props);
    this.serviceName = props.name;
    this.address = `https://${props.name}-${props.projectNumber}.${props.region}.run.app`;
    const secretFiles = props.secretFiles ?? [];
    this.service = new CloudRunV2Service(this, "service", {
      name: props.name,
      project: props.projectId,
      location: props.region,
      deletionProtection: props.deletionProtection ?? true,
      // The service's run.app address would go round the load balancer, and with it round IAP and mutual TLS.
      ingress: "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
      // The load balancer brings no identity to a backend without IAP, and `allUsers` would say the same to everyone.
      // The machine front is guarded by the ingress rule and by the certificate headers that its backend overwrites.
      invokerIamDisabled: props.invokers === "machine-front",
      template: {
        serviceAccount: props.account.email,
        executionEnvironment: "EXECUTION_ENVIRONMENT_GEN2",
        maxInstanceRequestConcurrency: 80,
        scaling: { minInstanceCount: props.worksInBackground === true ? 1 : 0, maxInstanceCount: 10 },
        containers: [
          {
            image: props.image,
            ports: { containerPort },
            env: [
              { name: "KEYLESS_CONFIG", value: handlerConfigJson(this, props.config) },
              ...Object.entries(props.environment ?? {}).map(([name, value]) => ({ name, value })),
            ],
            // With limits given, cpu_idle must be said too, or the CPU is billed all the time.
            resources: {
              limits: { cpu: "1", memory: props.memory ?? "512Mi" },
              cpuIdle: props.worksInBackground !== true,
              startupCpuBoost: true,
            },
            startupProbe: {
              httpGet: { path: "/healthz", port: containerPort },
              periodSeconds: 2,
              timeoutSeconds: 2,
              failureThreshold: 30,
            },
            livenessProbe: {
              httpGet: { path: "/healthz", port: containerPort },
              periodSeconds: 30,
              timeoutSeconds: 5,
              failureThreshold: 3,
            },
            ...(secretFiles.length > 0 && { volumeMounts: secretVolumeMounts(secretFiles) }),
          },
        ],
        ...(props.network !== undefined && {
          vpcAccess: { egress: "PRIVATE_RANGES_ONLY", networkInterfaces: [{ ...props.network }] },
        }),
        ...(secretFiles.length > 0 && { volumes: secretVolumes(secretFiles) }),
      },
      ...waitingFor(props.dependsOn),
    });
    if (props.invokers === "machine-front") return;
    props.invokers.forEach((member, index) => {
      new CloudRunV2ServiceIamMember(this, `invoker-${index + 1}`, {
        project: props.projectId,
        location: props.region,
        name: this.service.name,
        role: "roles/run.invoker",
        member,
        ...waitingFor(props.dependsOn),
      });
    });
  }

  #check({ name, image, invokers, secretFiles = [], dependsOn = [] }: CloudRunHandlerProps): void {
    const nameRule = "expected 1 to 49 of a-z, 0-9 and -, a letter first";
    requireMatch(this, "name", name, /^[a-z]([a-z0-9-]{0,47}[a-z0-9])?$/, nameRule);
    const imageRule = "expected an image by digest, ...@sha256:<64 hexadecimal digits>: a tag can be moved";
    requireMatch(this, "image", image, imageByDigestPattern, imageRule);
    if (invokers !== "machine-front") {
      requireProperty(this, "invokers", "[]", invokers.length > 0, "expected at least one member");
      requireDistinct(this, "invokers", invokers);
      const rule = "expected serviceAccount:EMAIL: Cloud Run admits no federated principal, and everyone is no invoker";
      for (const member of invokers) requireMatch(this, "invokers", member, /^serviceAccount:[^\s@]+@[^\s@]+$/, rule);
    }
    checkSecretFiles(this, secretFiles);
    const grantsRule =
      "expected the account's roles/secretmanager.secretAccessor bindings: without them the revision does not start";
    requireProperty(this, "dependsOn", "[]", secretFiles.length === 0 || dependsOn.length > 0, grantsRule);
  }
}
