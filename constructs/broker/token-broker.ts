import { SecretManagerSecret } from "@cdktf/provider-google/lib/secret-manager-secret";
import { SecretManagerSecretIamMember } from "@cdktf/provider-google/lib/secret-manager-secret-iam-member";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { PurposeServiceAccount } from "../access";
import { CloudRunHandler, MachineFront } from "../gateway";

/** A client of the broker's policy; what it is granted is all it may ask for. */
export interface BrokerClient {
  readonly name: string;
  /** Exactly one of spiffeId, dnsName, sha256Fingerprint. */
  readonly match: Readonly<Record<string, unknown>>;
  readonly grants: readonly {
    /** E-mail of the account. */
    readonly account: string;
    readonly scopes: readonly string[];
    readonly lifetimeSeconds: number;
  }[];
}

export interface TokenBrokerProps {
  readonly environment: string;
  readonly projectId: string;
  readonly projectNumber: string;
  readonly region: string;
  /** Host of the machine front. */
  readonly domain: string;
  readonly image: string;
  /** What makes the image be there; the service waits for it. */
  readonly imageReady?: readonly ITerraformDependable[];
  /** Certificate of the authority that issues the clients' certificates, as PEM. */
  readonly trustAnchorPem: string;
  readonly entra: { readonly tenantId: string; readonly clientId: string; readonly resourceClientId: string };
  /** Names of the secrets that hold the broker's Entra key and certificate, as PEM. */
  readonly secrets: { readonly key: string; readonly certificate: string };
  /** Workload identity provider: `//iam.googleapis.com/projects/...`. */
  readonly audience: string;
  readonly clients: readonly BrokerClient[];
  /** Whether Terraform refuses to destroy the service and the secrets. */
  readonly preventDestroy: boolean;
}

const keyFile = { directory: "/secrets/entra-key", name: "key.pem" };
const certificateFile = { directory: "/secrets/entra-certificate", name: "certificate.pem" };

/**
 * The token broker on Cloud Run, behind a front of its own that asks for client certificates. Terraform declares its
 * secrets without their content, which would else stand in the state: an operator adds the versions.
 */
export class TokenBroker extends Construct {
  /** What the machines' domain points at. */
  readonly ipAddress: string;

  constructor(scope: Construct, id: string, props: TokenBrokerProps) {
    super(scope, id);
    const { projectId, projectNumber, region } = props;
    const account = new PurposeServiceAccount(this, "runtime", {
      accountId: `token-broker-${props.environment}`,
      purpose: "Token broker: reads its Entra key, nothing else",
      projectId,
    });
    const [key, keyReader] = this.#secret("entra-key", props.secrets.key, account, props);
    const [certificate, certificateReader] = this.#secret(
      "entra-certificate",
      props.secrets.certificate,
      account,
      props,
    );
    const handler = new CloudRunHandler(this, "service", {
      name: "token-broker",
      projectId,
      projectNumber,
      region,
      image: props.image,
      account,
      invokers: "machine-front",
      secretFiles: [
        { secret: key.secretId, mountPath: keyFile.directory, fileName: keyFile.name },
        { secret: certificate.secretId, mountPath: certificateFile.directory, fileName: certificateFile.name },
      ],
      dependsOn: [keyReader, certificateReader, ...(props.imageReady ?? [])],
      deletionProtection: props.preventDestroy,
      // Tokens are refreshed between requests.
      worksInBackground: true,
      config: {
        listener: { kind: "front" },
        source: {
          kind: "entra-client-assertion",
          tenantId: props.entra.tenantId,
          clientId: props.entra.clientId,
          scope: `${props.entra.resourceClientId}/.default`,
          certificateFile: `${certificateFile.directory}/${certificateFile.name}`,
          keyFile: `${keyFile.directory}/${keyFile.name}`,
        },
        exchange: { audience: props.audience },
        policy: { clients: props.clients },
      },
    });
    const front = new MachineFront(this, "front", {
      projectId,
      projectNumber,
      region,
      domain: props.domain,
      serviceName: handler.serviceName,
      trustAnchorPem: props.trustAnchorPem,
    });
    this.ipAddress = front.ipAddress;
  }

  #secret(id: string, secretId: string, reader: PurposeServiceAccount, props: TokenBrokerProps) {
    const secret = new SecretManagerSecret(this, id, {
      project: props.projectId,
      secretId,
      replication: { auto: {} },
      ...(props.preventDestroy && { lifecycle: { preventDestroy: true } }),
    });
    const access = new SecretManagerSecretIamMember(this, `${id}-reader`, {
      project: props.projectId,
      secretId: secret.secretId,
      role: "roles/secretmanager.secretAccessor",
      member: reader.member,
    });
    return [secret, access] as const;
  }
}
