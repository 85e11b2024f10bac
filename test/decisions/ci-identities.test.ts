import {
  type AccessModel,
  buildAccessModel,
  evaluateExchange,
  evaluateImpersonation,
  type JsonObject,
  type Resource,
  readTerraformJson,
  resolveConfiguration,
} from "../../analysis";
import { rolesGrantedOnProject } from "../../environments/ci";
import { type EnvironmentName, environmentNames, loadEnvironment } from "../../environments/load";
import { synthesizedEnvironments, textOf } from "../support/synthesized-environment";

const now = new Date("2026-06-01T12:00:00Z");
const synthesized = synthesizedEnvironments();
const environmentOf = (name: EnvironmentName) => {
  const found = synthesized.find((each) => each.name === name);
  if (found === undefined) throw new Error(`${name} was not synthesized`);
  return found.environment;
};

/** What the cloud would give back, as far as these decisions need it. */
function cloud({ type, name, stack, values }: Resource): JsonObject {
  const { number } = loadEnvironment(environmentNames.find((each) => each === stack) ?? "dev").project;
  const pools = `projects/${number}/locations/global/workloadIdentityPools`;
  const pool = values["workload_identity_pool_id"];
  const id = `${stack}-${type}-${name}`;
  const email = `${values["account_id"]}@${values["project"]}.iam.gserviceaccount.com`;
  const rest = { id, self_link: id, client_id: id, object_id: id, value: id, client_secret: id, uri: id, address: id };
  const database = { private_ip_address: id, server_ca_cert: [{ cert: id }] };
  const named: Readonly<Record<string, JsonObject>> = {
    google_iam_workload_identity_pool: { name: `${pools}/${pool}` },
    google_iam_workload_identity_pool_provider: {
      name: `${pools}/${pool}/providers/${values["workload_identity_pool_provider_id"]}`,
    },
    google_iam_workforce_pool: { name: `locations/global/workforcePools/${values["workforce_pool_id"]}` },
    google_service_account: {
      email,
      unique_id: id,
      member: `serviceAccount:${email}`,
      name: `projects/${values["project"]}/serviceAccounts/${email}`,
    },
  };
  return { ...rest, ...database, generated_id: 1, output: values["input"] ?? null, name: id, ...named[type] };
}

let model: AccessModel;
beforeAll(() => {
  const resources = environmentNames.flatMap((name) => {
    const configuration = readTerraformJson(environmentOf(name).text, name);
    const variables = Object.fromEntries([...configuration.variables.keys()].map((key) => [key, `value of ${key}`]));
    return resolveConfiguration(configuration, { variables, computed: cloud });
  });
  model = buildAccessModel(resources);
});

type Kind = "plan" | "apply";
const deploy = "ailab/data-platform/.github/workflows/deploy.yml@refs/heads/main";

/** A job of the repository's deploy workflow on main, without a GitHub environment. */
const onMain = {
  repository_id: "712345678",
  repository_owner_id: "58213377",
  ref: "refs/heads/main",
  ref_type: "branch",
  base_ref: "",
  event_name: "push",
  job_workflow_ref: deploy,
};
const pullRequest = {
  ...onMain,
  ref: "refs/pull/7/merge",
  base_ref: "main",
  head_ref: "feature",
  event_name: "pull_request",
  job_workflow_ref: "ailab/data-platform/.github/workflows/pull-request.yml@refs/pull/7/merge",
};
const scheduled = {
  ...onMain,
  event_name: "schedule",
  job_workflow_ref: "ailab/data-platform/.github/workflows/drift.yml@refs/heads/main",
};
const deployTo = (environment: string) => ({ ...onMain, environment });

/** Which of the identities of CI, of all environments, the token becomes. */
function identitiesOf(claims: Readonly<Record<string, string>>): readonly string[] {
  const found: string[] = [];
  for (const environment of environmentNames) {
    for (const kind of ["plan", "apply"] as const) {
      const decision = exchange(environment, kind, claims);
      if (!decision.admitted) continue;
      for (const other of environmentNames) {
        for (const account of ["plan", "apply"] as const) {
          const email = `ci-${account}-${other}@ailab-data-${other}.iam.gserviceaccount.com`;
          const becoming = evaluateImpersonation(
            model,
            decision.identity,
            email,
            "iam.serviceAccounts.getAccessToken",
            now,
          );
          if (becoming.allowed) found.push(`${account}@${other}`);
        }
      }
    }
  }
  return [...new Set(found)];
}

function exchange(environment: EnvironmentName, kind: Kind, claims: Readonly<Record<string, string>>) {
  const { number } = loadEnvironment(environment).project;
  const id = `ci-${kind}-${environment}-01`;
  const audience = `//iam.googleapis.com/projects/${number}/locations/global/workloadIdentityPools/${id}/providers/${id}`;
  return evaluateExchange(model, audience, {
    kind: "oidc",
    issuer: "https://token.actions.githubusercontent.com",
    audiences: [`https:${audience}`],
    claims: { sub: "any", ...claims },
  });
}

const allPlans = environmentNames.map((name) => `plan@${name}`);

describe("which job of CI becomes which identity", () => {
  it.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ["a pull request to main", pullRequest, allPlans],
    ["the schedule on main", scheduled, allPlans],
    ["a push to main, outside of any GitHub environment", onMain, allPlans],
    ["the deployment of dev", deployTo("dev"), [...allPlans, "apply@dev"]],
    ["the deployment of prod", deployTo("prod"), [...allPlans, "apply@prod"]],
  ])("%s", (_, claims, expected) => {
    expect([...identitiesOf(claims)].sort()).toEqual([...expected].sort());
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ["a pull request to another branch", { ...pullRequest, base_ref: "release" }],
    ["pull_request_target, which runs on main with a fork's input", { ...onMain, event_name: "pull_request_target" }],
    ["a comment on an issue", { ...onMain, event_name: "issue_comment" }],
    ["a run that another workflow's end started", { ...onMain, event_name: "workflow_run" }],
    ["another branch", { ...onMain, ref: "refs/heads/feature" }],
    ["a branch whose name begins like main", { ...onMain, ref: "refs/heads/main2" }],
    ["a tag named main", { ...onMain, ref: "refs/tags/main", ref_type: "tag" }],
    ["a fork, which is another repository", { ...pullRequest, repository_id: "712345679" }],
    ["a repository of the same name with another owner", { ...onMain, repository_owner_id: "1" }],
  ])("none: %s", (_, claims) => {
    expect(identitiesOf(claims)).toEqual([]);
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ["another workflow on main", { ...deployTo("dev"), job_workflow_ref: scheduled.job_workflow_ref }],
    [
      "the deploy workflow as it is on another branch",
      { ...deployTo("dev"), job_workflow_ref: deploy.replace("refs/heads/main", "refs/heads/feature") },
    ],
    ["a workflow of the same name in another repository", { ...deployTo("dev"), job_workflow_ref: `evil/${deploy}` }],
    ["a pull request that names the environment", { ...pullRequest, environment: "dev", job_workflow_ref: deploy }],
    ["the schedule", { ...deployTo("dev"), event_name: "schedule" }],
    ["an environment whose name begins alike", deployTo("dev2")],
  ])("no deployment by %s", (_, claims) => {
    expect(identitiesOf(claims).filter((identity) => identity.startsWith("apply"))).toEqual([]);
  });
});

describe.each(synthesized)("in $name", ({ name, environment }) => {
  it("the limit on grants names every role that the project grants to others than CI", () => {
    const granted = environment
      .ofType("google_project_iam_member")
      .filter((each) => !textOf(each, "member").includes("google_service_account.ci_"))
      .map((each) => textOf(each, "role"));
    expect(new Set(granted)).toEqual(new Set(rolesGrantedOnProject(loadEnvironment(name))));
  });
});
