import { ComputeGlobalForwardingRule } from "@cdktf/provider-google/lib/compute-global-forwarding-rule";
import { ComputeTargetHttpProxy } from "@cdktf/provider-google/lib/compute-target-http-proxy";
import { ComputeUrlMap } from "@cdktf/provider-google/lib/compute-url-map";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { waitingFor } from "./property-rules";

export interface HttpRedirectProps {
  /** Prefix of the names of all parts. */
  readonly name: string;
  readonly projectId: string;
  /** Id of the address, the same as the HTTPS front's. */
  readonly address: string;
  readonly dependsOn?: readonly ITerraformDependable[];
}

/** Port 80 of an HTTPS front: sends every request to the same URL over HTTPS, and reaches no backend. */
export class HttpRedirect extends Construct {
  constructor(scope: Construct, id: string, { name, projectId: project, address, dependsOn }: HttpRedirectProps) {
    super(scope, id);
    const urlMap = new ComputeUrlMap(this, "url-map", {
      name: `${name}-redirect`,
      project,
      defaultUrlRedirect: {
        httpsRedirect: true,
        stripQuery: false,
        redirectResponseCode: "MOVED_PERMANENTLY_DEFAULT",
      },
      ...waitingFor(dependsOn),
    });
    const proxy = new ComputeTargetHttpProxy(this, "proxy", { name: `${name}-redirect`, project, urlMap: urlMap.id });
    new ComputeGlobalForwardingRule(this, "forwarding-rule", {
      name: `${name}-http`,
      project,
      loadBalancingScheme: "EXTERNAL_MANAGED",
      ipAddress: address,
      ipProtocol: "TCP",
      portRange: "80",
      target: proxy.id,
    });
  }
}
