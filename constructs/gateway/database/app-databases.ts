import { ProjectIamMember } from "@cdktf/provider-google/lib/project-iam-member";
import { SqlDatabase } from "@cdktf/provider-google/lib/sql-database";
import { SqlUser } from "@cdktf/provider-google/lib/sql-user";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { databaseAuthorityVariable, iamLoginOf, instanceUserRole } from "../../../facts/cloud-sql";
import { PurposeServiceAccount } from "../../access/purpose-service-account";
import type { CloudRunHandlerProps } from "../cloud-run-handler";
import { MigrationJob } from "./migration-job";
import { PrivateNetwork } from "./private-network";
import { type DatabaseSize, RowsInstance } from "./rows-instance";

export interface AppDatabasesProps extends DatabaseSize {
  readonly projectId: string;
  readonly region: string;
  readonly generation: string;
  /** The apps that keep rows; each has a database of its name, with the schema of the app of the image that it runs. */
  readonly apps: readonly { readonly name: string; readonly serves: string }[];
  /** Image of the apps, which also lays the schemas. */
  readonly image: string;
  readonly imageReady: readonly ITerraformDependable[];
  readonly deletionProtection: boolean;
  readonly dependsOn?: readonly ITerraformDependable[];
}

/** Not of the form `app-NAME`, so that no app can have it. */
const migrationsAccount = "apps-migrations";

const loginOf = (accountId: string, projectId: string): string =>
  iamLoginOf(`${accountId}@${projectId}.iam.gserviceaccount.com`);

/** What a service needs to reach its database. */
export interface DatabaseAccess extends Required<Pick<CloudRunHandlerProps, "environment" | "network">> {
  /** `database` of the app's configuration. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The schema is there once this is; a service that starts before it does not stay up. */
  readonly ready: ITerraformDependable;
}

/**
 * The apps' databases: one instance on a network of its own, one database an app, and a job, which alone may change schemas, that
 * runs before the services start.
 */
export class AppDatabases extends Construct {
  readonly #props: AppDatabasesProps;
  readonly #network: PrivateNetwork;
  readonly #rows: RowsInstance;
  readonly #migrations: MigrationJob;

  constructor(scope: Construct, id: string, props: AppDatabasesProps) {
    super(scope, id);
    const { projectId, region, apps, dependsOn } = props;
    this.#props = props;
    this.#network = new PrivateNetwork(this, "network", {
      projectId,
      region,
      name: "apps",
      ...(dependsOn !== undefined && { dependsOn }),
    });
    this.#rows = new RowsInstance(this, "rows", { ...props, network: this.#network });
    const databases = apps.map(({ name, serves }) => ({
      app: serves,
      login: this.#login(name),
      database: new SqlDatabase(this, `database-${name}`, {
        project: projectId,
        instance: this.#rows.instance.name,
        name,
        // Rows outlive an app that was taken out of the environment; they go with the instance.
        deletionPolicy: "ABANDON",
      }),
    }));
    const account = new PurposeServiceAccount(this, "migrations-account", {
      accountId: migrationsAccount,
      purpose: "Lays the schemas of the apps' databases",
      projectId,
    });
    const user = this.#grantLogin(this, account, loginOf(migrationsAccount, projectId));
    this.#migrations = new MigrationJob(this, "migrations", {
      ...props,
      account,
      user,
      network: this.#network,
      rows: this.#rows,
      databases: databases.map(({ app, login, database }) => ({ app, login, database: database.name })),
    });
  }

  /** Gives the app's account a log-in to the app's database. Call it for each of the apps. */
  connect(app: string, account: PurposeServiceAccount): DatabaseAccess {
    this.#migrations.waitFor(this.#grantLogin(account, account, this.#login(app)));
    const { instance, commonName, certificateAuthority } = this.#rows;
    return {
      config: {
        kind: "postgresql",
        server: { host: instance.privateIpAddress, commonName },
        database: app,
        user: this.#login(app),
      },
      environment: { [databaseAuthorityVariable]: certificateAuthority },
      network: { network: this.#network.networkId, subnetwork: this.#network.subnetworkId },
      ready: this.#migrations.done,
    };
  }

  /** By its plain name, as whose log-in the job must know before the account is declared. */
  #login(app: string): string {
    return loginOf(`app-${app}`, this.#props.projectId);
  }

  #grantLogin(scope: Construct, account: PurposeServiceAccount, login: string): SqlUser {
    const { projectId } = this.#props;
    const { instance, name } = this.#rows;
    const resource = `projects/${projectId}/instances/${name}`;
    const right = new ProjectIamMember(scope, "logs-in-to-database", {
      project: projectId,
      role: instanceUserRole,
      member: account.member,
      condition: {
        title: `only ${name}`,
        // Source: cloud.google.com/sql/docs/postgres/iam-conditions.
        expression: `resource.service == 'sqladmin.googleapis.com' && resource.name == '${resource}'`,
      },
    });
    return new SqlUser(scope, "database-user", {
      project: projectId,
      instance: instance.name,
      name: login,
      type: "CLOUD_IAM_SERVICE_ACCOUNT",
      // A role that was given rights cannot be dropped by the API; it goes with the instance.
      deletionPolicy: "ABANDON",
      // The name is a plain string; the account has to be there.
      dependsOn: [right],
    });
  }
}
