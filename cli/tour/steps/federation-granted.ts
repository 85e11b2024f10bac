import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { googleEndpoints } from "../../../facts/google-endpoints";
import { googleApiErrors, tokenExchangeErrors, tokenTypes } from "../../../facts/token-exchange";
import { projectDirectory } from "../../../twin";
import { runCommand } from "../command";
import type { TourContext } from "../context";
import { accessTokenPath, datasetPath, exchangeToken, generateAccessToken, readDataset } from "../google-api";
import { accountOf, exchangeAudience, firstDataset } from "../providers";
import { allowed, type Observation, refused, type TourStep } from "../step";
import { mainBranchToken, workforceIdToken, workspaceToken } from "../tokens";

const mcpServer = "mcp-server";
const invalidTarget = refused(tokenExchangeErrors.invalidTarget().errorDescription);
const mintPermission = "iam.serviceAccounts.getAccessToken";

const programAnswer = z.union([z.object({ id: z.string() }), z.object({ problem: z.string() })]);

/** (b) A workflow of the main branch; the program is an unchanged user of google-auth-library with a credential file. */
export const githubMainBranch: TourStep = {
  id: "github-main",
  title: "A GitHub workflow on refs/heads/main becomes the environment's account (google-auth-library)",
  expects: ({ workloads }) => (workloads[mcpServer]?.becomes.github ? allowed : invalidTarget),
  async run(context) {
    const { twin, environment, directory } = context;
    const audience = exchangeAudience(context, "github");
    const account = accountOf(environment, mcpServer);
    const tokenFile = join(directory, "github-token");
    await writeFile(tokenFile, await mainBranchToken(context, audience), { mode: 0o600 });
    const credentialFile = join(directory, "github-credentials.json");
    const configuration = {
      type: "external_account",
      audience,
      subject_token_type: tokenTypes.jwt,
      token_url: `${twin.origin(new URL(googleEndpoints.securityTokenService).host)}/v1/token`,
      service_account_impersonation_url: `${twin.origin(new URL(googleEndpoints.iamCredentials).host)}${accessTokenPath(account)}`,
      credential_source: { file: tokenFile },
    };
    await writeFile(credentialFile, JSON.stringify(configuration), { mode: 0o600 });
    const dataset = datasetPath(environment.project.id, firstDataset(environment));
    const root = projectDirectory();
    const program = [
      ...["--require", join(root, "twin/network/install-localhost-names.cjs")],
      join(root, "cli/tour/read-dataset.cjs"),
      `${twin.origin(new URL(googleEndpoints.bigQuery).host)}${dataset}`,
    ];
    const { stdout, stderr } = await runCommand(process.execPath, program, {
      environment: {
        GOOGLE_APPLICATION_CREDENTIALS: credentialFile,
        NODE_EXTRA_CA_CERTS: twin.certificateAuthorityFile,
        NODE_OPTIONS: "",
        GOOGLE_CLOUD_PROJECT: environment.project.id,
      },
    });
    if (stdout === "") throw new Error(`the program ended without an answer: ${stderr.split("\n")[0]}`);
    const answer = programAnswer.parse(JSON.parse(stdout));
    const request = `new GoogleAuth() with an external_account file for ${account}, then bigquery.datasets.get`;
    return "id" in answer
      ? { request, decision: "allowed", reason: `became ${account} and read dataset ${answer.id}` }
      : { request, decision: "refused", reason: answer.problem };
  },
};

/** (c) A person of the company with a Google Workspace account. */
export const workspaceUser: TourStep = {
  id: "workspace-user",
  title: "A Google Workspace user of the company becomes the environment's account",
  expects: ({ federation: { googleWorkspace } }) => {
    if (googleWorkspace === undefined) return invalidTarget;
    return googleWorkspace.people === "everyone"
      ? allowed
      : refused(tokenExchangeErrors.conditionRejected().errorDescription);
  },
  run: (context) => becomeMcpServer(context, "desk-agent"),
};

/** (c) The one administrator whom production names. */
export const namedAdministrator: TourStep = {
  id: "named-administrator",
  title: "The named administrator becomes the environment's account",
  expects: ({ federation: { googleWorkspace } }) => (googleWorkspace === undefined ? invalidTarget : allowed),
  run: (context) => becomeMcpServer(context, "administrator"),
};

/** (c) A member of the administrators' group, signed in through the workforce pool. */
export const administratorsGroup: TourStep = {
  id: "administrators-group",
  title: "A member of the administrators' Entra group becomes the environment's account",
  expects: ({ workloads }) =>
    workloads[mcpServer]?.becomes.workforceGroups.includes("administrators")
      ? allowed
      : refused(googleApiErrors.permissionDenied(mintPermission).message),
  async run(context) {
    const { environment } = context;
    const { audience, token } = await workforceIdToken(context, "administrator");
    const account = accountOf(environment, mcpServer);
    const request = `POST /v1/token (ID token of Entra, workforce pool ${environment.workforce.poolId}), then generateAccessToken for ${account}`;
    return become(context, request, audience, token, account, tokenTypes.idToken);
  },
};

async function becomeMcpServer(context: TourContext, person: string): Promise<Observation> {
  const { environment } = context;
  const audience = exchangeAudience(context, "googleWorkspace");
  const token = await workspaceToken(context, person);
  const account = accountOf(environment, mcpServer);
  return become(
    context,
    `POST /v1/token (ID token of ${person}), then generateAccessToken for ${account}`,
    audience,
    token,
    account,
  );
}

async function become(
  context: TourContext,
  request: string,
  audience: string,
  subjectToken: string,
  account: string,
  subjectTokenType?: string,
): Promise<Observation> {
  const federated = await exchangeToken(context, audience, subjectToken, subjectTokenType);
  if (!federated.ok) return { request, decision: "refused", reason: federated.reason };
  const impersonated = await generateAccessToken(context, federated.value, account);
  if (!impersonated.ok) return { request, decision: "refused", reason: impersonated.reason };
  return datasetObservation(context, request, impersonated.value, `became ${account}`);
}

async function datasetObservation(
  context: TourContext,
  request: string,
  bearer: string,
  became: string,
): Promise<Observation> {
  const { environment } = context;
  const dataset = await readDataset(context, bearer, environment.project.id, firstDataset(environment));
  return dataset.ok
    ? { request, decision: "allowed", reason: `${became} and read dataset ${dataset.value}` }
    : { request, decision: "refused", reason: dataset.reason };
}
