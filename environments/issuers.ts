import type { Construct } from "constructs";
import {
  Aws,
  EntraWorkload,
  GitHubActions,
  GoogleWorkspace,
  Kubernetes,
  type PoolPlacement,
  type Principal,
} from "../constructs/federation";
import type { Environment } from "./schema";

/** An issuer of an environment: whom its pool admits, and what they exchange their token for. */
export interface DeclaredIssuer {
  readonly admitted: readonly Principal[];
  readonly audience: string;
}

/** The service principal of the token broker and the application that it asks tokens for. */
export interface BrokerIdentity {
  readonly resourceClientId: string;
  readonly brokerClientId: string;
  readonly brokerObjectId: string;
}

/** The issuers that the environment names, and the broker's; keys as in `workloads.*.becomes`. */
export interface DeclaredIssuers {
  readonly broker: DeclaredIssuer;
  readonly github?: DeclaredIssuer;
  readonly googleWorkspace?: DeclaredIssuer;
  readonly aws?: DeclaredIssuer;
  readonly kubernetes?: DeclaredIssuer;
}

/** Declares a pool with its provider for each issuer. */
export function declareIssuers(
  scope: Construct,
  environment: Environment,
  placement: PoolPlacement,
  broker: BrokerIdentity,
): DeclaredIssuers {
  const { github, googleWorkspace, aws, kubernetes } = environment.federation;
  return {
    broker: entra(scope, environment, placement, broker),
    ...(github && { github: githubActions(scope, github, placement) }),
    ...(googleWorkspace && { googleWorkspace: workspace(scope, googleWorkspace, placement) }),
    ...(aws && { aws: awsRole(scope, aws, placement) }),
    ...(kubernetes && { kubernetes: cluster(scope, kubernetes, placement) }),
  };
}

type Federation = Environment["federation"];
type Settings<K extends keyof Federation> = NonNullable<Federation[K]>;

function entra(
  scope: Construct,
  { entra: { tenantId } }: Environment,
  placement: PoolPlacement,
  broker: BrokerIdentity,
): DeclaredIssuer {
  const { client, audience } = new EntraWorkload(scope, "entra", {
    ...placement,
    tenantId,
    resourceClientId: broker.resourceClientId,
    clientId: broker.brokerClientId,
    servicePrincipalObjectId: broker.brokerObjectId,
  });
  return { admitted: [client], audience };
}

function githubActions(scope: Construct, settings: Settings<"github">, placement: PoolPlacement): DeclaredIssuer {
  const { ownerId, repositoryId, branches } = settings;
  const { workflows, audience } = new GitHubActions(scope, "github", { ...placement, ownerId, repositoryId, branches });
  return { admitted: [workflows], audience };
}

function workspace(scope: Construct, settings: Settings<"googleWorkspace">, placement: PoolPlacement): DeclaredIssuer {
  return new GoogleWorkspace(scope, "google-workspace", { ...placement, ...settings });
}

function awsRole(scope: Construct, settings: Settings<"aws">, placement: PoolPlacement): DeclaredIssuer {
  const { role, audience } = new Aws(scope, "aws", { ...placement, ...settings });
  return { admitted: [role], audience };
}

function cluster(scope: Construct, settings: Settings<"kubernetes">, placement: PoolPlacement): DeclaredIssuer {
  const { accounts, audience } = new Kubernetes(scope, "kubernetes", { ...placement, ...settings });
  return { admitted: accounts, audience };
}
