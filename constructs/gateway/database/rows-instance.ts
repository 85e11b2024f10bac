import { SqlDatabaseInstance } from "@cdktf/provider-google/lib/sql-database-instance";
import { Construct } from "constructs";
import { iamAuthenticationFlag } from "../../../facts/cloud-sql";
import { requireMatch, requireTwoDigits } from "../property-rules";
import type { PrivateNetwork } from "./private-network";

/** How much of a database an environment pays for. */
export interface DatabaseSize {
  /** Machine type, `db-f1-micro` or `db-custom-CPUS-MEMORY` (MB). Source: cloud.google.com/sql/docs/postgres/instance-settings. */
  readonly tier: string;
  /** Whether a second machine in another zone stands by. */
  readonly highAvailability: boolean;
}

export interface RowsInstanceProps extends DatabaseSize {
  readonly projectId: string;
  readonly region: string;
  /** Two digits; Google keeps the name of a deleted instance for a week. */
  readonly generation: string;
  readonly network: PrivateNetwork;
  /** Whether Terraform and Cloud SQL refuse to delete the instance. */
  readonly deletionProtection: boolean;
}

/**
 * A Cloud SQL instance for the apps' rows: on a private address only, over TLS only, with log-ins of IAM. Nobody has a password:
 * `postgres`, which Google makes, has none either, and PostgreSQL lets nobody in without.
 * Source: cloud.google.com/sql/docs/postgres/iam-authentication, configure-ssl-instance.
 *
 * @throws PropertyError for a tier or generation out of its form
 */
export class RowsInstance extends Construct {
  readonly instance: SqlDatabaseInstance;
  readonly name: string;
  /** What the common name of its certificate is. */
  readonly commonName: string;
  /** PEM; ends in a line break, so it stands in no JSON. */
  readonly certificateAuthority: string;

  constructor(scope: Construct, id: string, props: RowsInstanceProps) {
    super(scope, id);
    const { projectId, region, generation, tier, highAvailability, network, deletionProtection } = props;
    requireTwoDigits(this, "generation", generation);
    const tierRule = "expected db-f1-micro, db-g1-small or db-custom-CPUS-MEMORY";
    requireMatch(this, "tier", tier, /^db-(f1-micro|g1-small|custom-[0-9]{1,2}-[0-9]{4,6})$/, tierRule);
    this.name = `apps-${generation}`;
    this.commonName = `${projectId}:${this.name}`;
    this.instance = new SqlDatabaseInstance(this, "instance", {
      project: projectId,
      region,
      name: this.name,
      databaseVersion: "POSTGRES_16",
      deletionProtection,
      settings: {
        edition: "ENTERPRISE",
        tier,
        availabilityType: highAvailability ? "REGIONAL" : "ZONAL",
        deletionProtectionEnabled: deletionProtection,
        ipConfiguration: {
          ipv4Enabled: false,
          privateNetwork: network.networkId,
          sslMode: "ENCRYPTED_ONLY",
          // An authority of the instance's own: its certificate names the instance, which clients compare.
          serverCaMode: "GOOGLE_MANAGED_INTERNAL_CA",
        },
        backupConfiguration: { enabled: true, pointInTimeRecoveryEnabled: true, startTime: "02:00" },
        databaseFlags: [
          { name: iamAuthenticationFlag, value: "on" },
          { name: "log_connections", value: "on" },
          { name: "log_disconnections", value: "on" },
        ],
        insightsConfig: { queryInsightsEnabled: true, recordApplicationTags: false, recordClientAddress: false },
      },
      dependsOn: [network.serviceConnection],
    });
    this.certificateAuthority = this.instance.serverCaCert.get(0).cert;
  }
}
