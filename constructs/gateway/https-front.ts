import { createHash } from "node:crypto";
import { ComputeGlobalAddress } from "@cdktf/provider-google/lib/compute-global-address";
import { ComputeGlobalForwardingRule } from "@cdktf/provider-google/lib/compute-global-forwarding-rule";
import { ComputeManagedSslCertificate } from "@cdktf/provider-google/lib/compute-managed-ssl-certificate";
import { ComputeSslPolicy } from "@cdktf/provider-google/lib/compute-ssl-policy";
import { ComputeTargetHttpsProxy } from "@cdktf/provider-google/lib/compute-target-https-proxy";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { hostnamePattern, requireMatch, waitingFor } from "./property-rules";

export interface HttpsFrontProps {
  /** Prefix of the names of all parts. */
  readonly name: string;
  readonly projectId: string;
  /** Host of the certificate. */
  readonly domain: string;
  /** Id of the URL map. */
  readonly urlMap: string;
  /**
   * Server TLS policy that asks clients for a certificate. It holds for the whole proxy, and even one that tolerates
   * its absence makes browsers ask people for a certificate: never on a front for people.
   */
  readonly serverTlsPolicy?: string;
  readonly dependsOn?: readonly ITerraformDependable[];
}

/**
 * Address, certificate, TLS policy, proxy and forwarding rule (port 443) of a global external Application Load
 * Balancer.
 *
 * @throws PropertyError for a domain that is no host name
 */
export class HttpsFront extends Construct {
  /** What the domain's A record points at; the managed certificate is issued once it does. */
  readonly address: ComputeGlobalAddress;

  constructor(scope: Construct, id: string, props: HttpsFrontProps) {
    super(scope, id);
    const { name, projectId: project, domain } = props;
    requireMatch(this, "domain", domain, hostnamePattern, "expected a lower-case host name");
    this.address = new ComputeGlobalAddress(this, "address", { name, project, ...waitingFor(props.dependsOn) });
    const certificate = new ComputeManagedSslCertificate(this, "certificate", {
      // Another domain makes another certificate, which has to exist under its own name before the old one goes.
      name: `${name}-${createHash("sha256").update(domain).digest("hex").slice(0, 8)}`,
      project,
      managed: { domains: [domain] },
      lifecycle: { createBeforeDestroy: true },
      ...waitingFor(props.dependsOn),
    });
    // Without a policy of its own a proxy accepts TLS 1.0 and the COMPATIBLE ciphers.
    const sslPolicy = new ComputeSslPolicy(this, "ssl-policy", {
      name,
      project,
      minTlsVersion: "TLS_1_2",
      profile: "RESTRICTED",
      ...waitingFor(props.dependsOn),
    });
    const proxy = new ComputeTargetHttpsProxy(this, "proxy", {
      name,
      project,
      urlMap: props.urlMap,
      sslCertificates: [certificate.id],
      sslPolicy: sslPolicy.id,
      // Early data can be replayed by whoever recorded it.
      tlsEarlyData: "DISABLED",
      ...(props.serverTlsPolicy !== undefined && { serverTlsPolicy: props.serverTlsPolicy }),
    });
    new ComputeGlobalForwardingRule(this, "forwarding-rule", {
      name: `${name}-https`,
      project,
      loadBalancingScheme: "EXTERNAL_MANAGED",
      ipAddress: this.address.id,
      ipProtocol: "TCP",
      portRange: "443",
      target: proxy.id,
    });
  }
}
