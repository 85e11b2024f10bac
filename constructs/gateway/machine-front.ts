import { CertificateManagerTrustConfig } from "@cdktf/provider-google/lib/certificate-manager-trust-config";
import { NetworkSecurityServerTlsPolicy } from "@cdktf/provider-google/lib/network-security-server-tls-policy";
import { type ITerraformDependable, Token } from "cdktf";
import { Construct } from "constructs";
import { requireProperty } from "../federation/property-error";
import { CloudArmor } from "../guardrails/cloud-armor";
import { HostUrlMap } from "./host-url-map";
import { HttpsFront } from "./https-front";
import { projectNumberPattern, projectNumberRule, requireMatch, waitingFor } from "./property-rules";
import { ServerlessBackend } from "./serverless-backend";

export interface MachineFrontProps {
  readonly projectId: string;
  /** The trust config is named by project number: with the id, every plan shows a difference. */
  readonly projectNumber: string;
  readonly region: string;
  /** Host of the machines: never the people's one. */
  readonly domain: string;
  /** Name of the Cloud Run service behind the front, which serves machines only. */
  readonly serviceName: string;
  /** Certificate of the authority that issues the clients' certificates, as PEM of at most 5 KB. */
  readonly trustAnchorPem: string;
  readonly dependsOn?: readonly ITerraformDependable[];
}

/** Of one address, behind which there may be a whole data centre. */
const machineLimit = { requests: 6_000, intervalSeconds: 60 } as const;

/** Bytes of one certificate in a trust config. */
const trustAnchorBytes = 5120;
const certificatePattern = /^\s*-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*$/;

/**
 * The front for machines: an address, host, proxy and backend of their own, and a client certificate asked of all. A
 * connection without one that chains to the trust anchor ends in the handshake. The load balancer checks no
 * revocation lists, so leaf certificates should live shortly.
 * Source: cloud.google.com/load-balancing/docs/mtls.
 *
 * @throws PropertyError for a trust anchor that is not one certificate as PEM, or another host or name out of form
 */
export class MachineFront extends Construct {
  /** What the domain's A record points at. */
  readonly ipAddress: string;

  constructor(scope: Construct, id: string, props: MachineFrontProps) {
    super(scope, id);
    const { projectId, domain } = props;
    const name = "machine-front";
    requireMatch(this, "projectNumber", props.projectNumber, projectNumberPattern, projectNumberRule);
    this.#checkTrustAnchor(props.trustAnchorPem);
    const trustConfig = new CertificateManagerTrustConfig(this, "trust-config", {
      name,
      project: projectId,
      location: "global",
      trustStores: [{ trustAnchors: [{ pemCertificate: props.trustAnchorPem }] }],
      ...waitingFor(props.dependsOn),
    });
    const serverTlsPolicy = new NetworkSecurityServerTlsPolicy(this, "server-tls-policy", {
      name,
      project: projectId,
      location: "global",
      allowOpen: false,
      mtlsPolicy: {
        clientValidationMode: "REJECT_INVALID",
        clientValidationTrustConfig: `projects/${props.projectNumber}/locations/global/trustConfigs/${trustConfig.name}`,
      },
      // A policy that a proxy still names cannot be deleted.
      lifecycle: { createBeforeDestroy: true },
    });
    // No attack rules: clients have proved who they are, and a signature that mistakes a form for one would stop a job at night.
    const protection = new CloudArmor(this, "protection", {
      projectId,
      name,
      wafRuleSets: [],
      rateLimit: machineLimit,
    });
    const backend = new ServerlessBackend(this, "backend", {
      name,
      projectId,
      region: props.region,
      serviceName: props.serviceName,
      identityAwareProxy: false,
      securityPolicy: protection.policy.id,
      ...waitingFor(props.dependsOn),
    });
    const paths = new HostUrlMap(this, "paths", { name, projectId, domain, defaultService: backend.service.id });
    const front = new HttpsFront(this, "front", {
      name,
      projectId,
      domain,
      urlMap: paths.urlMap.id,
      serverTlsPolicy: serverTlsPolicy.id,
      ...waitingFor(props.dependsOn),
    });
    this.ipAddress = front.address.address;
  }

  #checkTrustAnchor(pem: string): void {
    if (Token.isUnresolved(pem)) return;
    // The value itself is not shown: whoever mistook a private key for it would find it in a log.
    const shown = `${pem.length} characters`;
    const fits = certificatePattern.test(pem) && Buffer.byteLength(pem) <= trustAnchorBytes;
    requireProperty(
      this,
      "trustAnchorPem",
      shown,
      fits,
      `expected one certificate as PEM, at most ${trustAnchorBytes} bytes`,
    );
  }
}
