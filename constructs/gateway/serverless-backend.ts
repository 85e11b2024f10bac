import { ComputeBackendService } from "@cdktf/provider-google/lib/compute-backend-service";
import { ComputeRegionNetworkEndpointGroup } from "@cdktf/provider-google/lib/compute-region-network-endpoint-group";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { clientCertificateRequestHeaders } from "../../facts/client-certificate-headers";
import { requireMatch, resourceNamePattern, waitingFor } from "./property-rules";

export interface ServerlessBackendProps {
  /** Name of the backend service and of its network endpoint group. */
  readonly name: string;
  readonly projectId: string;
  readonly region: string;
  /** Name of the Cloud Run service; a plain string, so that the service may in turn depend on the backend. */
  readonly serviceName: string;
  /** Whether Identity-Aware Proxy decides who gets through. */
  readonly identityAwareProxy: boolean;
  /** Id of the Cloud Armor policy, which is evaluated before Identity-Aware Proxy. */
  readonly securityPolicy: string;
  readonly dependsOn?: readonly ITerraformDependable[];
}

/**
 * What the load balancer adds to every answer. HSTS without includeSubDomains: the company's other hosts under the
 * domain are not ours to decide for. No framing and no sniffing: the apps show what a signed-in person may see.
 */
const responseHeaders = [
  "Strict-Transport-Security:max-age=31536000",
  "X-Content-Type-Options:nosniff",
  "X-Frame-Options:DENY",
  "Referrer-Policy:same-origin",
];

/**
 * A backend service of the load balancer with one Cloud Run service behind it.
 *
 * Health checks, a port name and a timeout are left out: backends with a serverless endpoint group refuse them.
 * Source: cloud.google.com/load-balancing/docs/negs/serverless-neg-concepts#limitations.
 *
 * @throws PropertyError for a name outside Google's rule
 */
export class ServerlessBackend extends Construct {
  readonly service: ComputeBackendService;

  constructor(scope: Construct, id: string, props: ServerlessBackendProps) {
    super(scope, id);
    const nameRule = "expected 1 to 63 of a-z, 0-9 and -, a letter first";
    requireMatch(this, "name", props.name, resourceNamePattern, nameRule);
    const group = new ComputeRegionNetworkEndpointGroup(this, "endpoint-group", {
      name: props.name,
      project: props.projectId,
      region: props.region,
      networkEndpointType: "SERVERLESS",
      // One named service; a URL mask would open every service of the project and region.
      cloudRun: { service: props.serviceName },
      ...waitingFor(props.dependsOn),
    });
    this.service = new ComputeBackendService(this, "backend", {
      name: props.name,
      project: props.projectId,
      loadBalancingScheme: "EXTERNAL_MANAGED",
      protocol: "HTTPS",
      enableCdn: false,
      backend: [{ group: group.id }],
      securityPolicy: props.securityPolicy,
      // On every backend, also without mutual TLS: a name that is not set here would pass through as the client sent
      // it, and a person signed in through IAP could pose as a machine.
      customRequestHeaders: [...clientCertificateRequestHeaders],
      customResponseHeaders: [...responseHeaders],
      logConfig: { enable: true, sampleRate: 1 },
      ...(props.identityAwareProxy && { iap: { enabled: true } }),
    });
  }
}
