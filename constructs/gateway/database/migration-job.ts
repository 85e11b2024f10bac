import { CloudRunV2Job } from "@cdktf/provider-google/lib/cloud-run-v2-job";
import type { SqlUser } from "@cdktf/provider-google/lib/sql-user";
import { dependable, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { cloudSqlSuperuser, databaseAuthorityVariable, migrateArgument } from "../../../facts/cloud-sql";
import type { PurposeServiceAccount } from "../../access/purpose-service-account";
import { DeployStep } from "../../delivery";
import { handlerConfigJson } from "../handler-config-json";
import type { PrivateNetwork } from "./private-network";
import type { RowsInstance } from "./rows-instance";

export interface MigrationJobProps {
  readonly projectId: string;
  readonly region: string;
  readonly image: string;
  readonly imageReady: readonly ITerraformDependable[];
  /** The job's own account, which no service runs as. */
  readonly account: PurposeServiceAccount;
  /** The account's user in the database. */
  readonly user: SqlUser;
  readonly network: PrivateNetwork;
  readonly rows: RowsInstance;
  readonly databases: readonly { readonly app: string; readonly login: string; readonly database: string }[];
}

/**
 * A Cloud Run job of the apps' image that brings the databases up to date, and the deploy-time step that runs it at each new image:
 * the apps' own accounts have no right to change a schema.
 * Source: cloud.google.com/run/docs/create-jobs.
 */
export class MigrationJob extends Construct {
  /** After which every database is as the image's apps expect it. */
  readonly done: ITerraformDependable;
  readonly #job: CloudRunV2Job;

  constructor(scope: Construct, id: string, props: MigrationJobProps) {
    super(scope, id);
    const { projectId, region, image, account, user, network, rows } = props;
    const { instance, name, commonName, certificateAuthority } = rows;
    const config = {
      server: { host: instance.privateIpAddress, commonName },
      user: user.name,
      role: cloudSqlSuperuser,
      databases: props.databases,
    };
    this.#job = new CloudRunV2Job(this, "job", {
      project: projectId,
      location: region,
      name: "apps-migrations",
      // It holds nothing.
      deletionProtection: false,
      template: {
        template: {
          serviceAccount: account.email,
          maxRetries: 2,
          timeout: "600s",
          containers: [
            {
              image,
              args: [migrateArgument],
              env: [
                { name: "KEYLESS_CONFIG", value: handlerConfigJson(this, config) },
                { name: databaseAuthorityVariable, value: certificateAuthority },
              ],
              resources: { limits: { cpu: "1", memory: "512Mi" } },
            },
          ],
          vpcAccess: {
            egress: "PRIVATE_RANGES_ONLY",
            networkInterfaces: [{ network: network.networkId, subnetwork: network.subnetworkId }],
          },
        },
      },
      dependsOn: [...props.imageReady, user],
    });
    this.done = new DeployStep(this, "run", {
      step: "database-migrations",
      inputs: { projectId, region, instance: name, login: user.name, job: this.#job.name, image },
      dependsOn: [this.#job],
    });
  }

  /** Lets the job wait for one more user: it gives users roles, which they have to exist for. */
  waitFor(user: SqlUser): void {
    this.#job.dependsOn = [...(this.#job.dependsOn ?? []), dependable(user)];
  }
}
