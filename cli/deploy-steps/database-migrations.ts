import { z } from "zod";
import { deploySteps } from "../../constructs/delivery/deploy-step-inputs";
import { cloudSqlSuperuser } from "../../facts/cloud-sql";
import { DeployStepError } from "./deploy-step-error";
import type { DeployStepRun } from "./deploy-step-run";
import { projectId, readInputs } from "./step-inputs";

const inputSchema = z.object({
  projectId,
  region: z.string().regex(/^[a-z]+-[a-z]+[0-9]{1,2}$/, "expected a region"),
  instance: z.string().regex(/^[a-z][a-z0-9-]{0,95}$/, "expected the name of a Cloud SQL instance"),
  login: z.string().regex(/^[a-z0-9.@-]{1,63}$/, "expected a user of the instance"),
  job: z.string().regex(/^[a-z][a-z0-9-]{0,61}[a-z0-9]$/, "expected the name of a Cloud Run job"),
  image: z.string().min(1),
});

/** Source: cloud.google.com/sql/docs/postgres/admin-api/rest/v1/operations. */
const sqlOperation = z.object({
  name: z.string().regex(/^[a-z0-9-]{1,64}$/),
  status: z.string(),
  error: z.object({ errors: z.array(z.object({ message: z.string().default("") })) }).optional(),
});
/** google.longrunning.Operation. */
const runOperation = z.object({
  name: z.string().regex(/^projects\/[a-z0-9-]+\/locations\/[a-z0-9-]+\/operations\/[A-Za-z0-9-]+$/),
  done: z.boolean().default(false),
  error: z.object({ message: z.string().default("") }).optional(),
});

const roles = { sql: "roles/cloudsql.admin", run: "roles/run.developer" } as const;
/** Milliseconds between two looks at an operation. */
const pollingPause = 2_000;

/**
 * Lets the migrating log-in become the role that may make roles, which Terraform's google_sql_user cannot say in this version of
 * the provider, and runs the migrating job to its end. Both may be repeated.
 * Source: cloud.google.com/sql/docs/postgres/admin-api/rest/v1/users/update, cloud.google.com/run/docs/reference/rest/v2/projects.locations.jobs/run.
 */
export async function migrateAppDatabases(run: DeployStepRun): Promise<void> {
  const inputs = readInputs(run.environment, deploySteps["database-migrations"].inputs, inputSchema);
  await grantSuperuser(run, inputs);
  await runJob(run, inputs);
}

type Inputs = z.output<typeof inputSchema>;

async function grantSuperuser({ api, endpoints }: DeployStepRun, { projectId, instance, login }: Inputs) {
  const project = `${endpoints.sqlAdmin}/v1/projects/${projectId}`;
  const query = new URLSearchParams({ name: login, databaseRoles: cloudSqlSuperuser });
  const url = `${project}/instances/${instance}/users?${query}`;
  api.report(`letting ${login} become ${cloudSqlSuperuser} in ${instance}`);
  const body = { name: login, type: "CLOUD_IAM_SERVICE_ACCOUNT" };
  let operation = await api.call({ method: "PUT", url, body, answer: sqlOperation, role: roles.sql });
  while (operation.status !== "DONE") {
    await api.pause(`${operation.name} is under way`, pollingPause);
    const operationUrl = `${project}/operations/${operation.name}`;
    operation = await api.call({ method: "GET", url: operationUrl, answer: sqlOperation, role: roles.sql });
  }
  const problem = operation.error?.errors[0]?.message;
  if (operation.error !== undefined)
    throw new DeployStepError("refused", `${instance}: ${login} was not changed: ${problem?.slice(0, 300) ?? ""}`);
}

async function runJob({ api, endpoints }: DeployStepRun, { projectId, region, job }: Inputs) {
  const name = `projects/${projectId}/locations/${region}/jobs/${job}`;
  api.report(`running ${name}`);
  const url = `${endpoints.cloudRun}/v2/${name}:run`;
  let operation = await api.call({ method: "POST", url, body: {}, answer: runOperation, role: roles.run });
  while (!operation.done) {
    await api.pause(`${name} is under way`, pollingPause);
    const operationUrl = `${endpoints.cloudRun}/v2/${operation.name}`;
    operation = await api.call({ method: "GET", url: operationUrl, answer: runOperation, role: roles.run });
  }
  if (operation.error !== undefined) {
    const problem = operation.error.message.slice(0, 300);
    throw new DeployStepError("refused", `${name} failed, its log says why: ${problem}`);
  }
  api.report(`${name} has brought the databases up to date`);
}
