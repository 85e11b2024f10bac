import type { Environment } from "../../../environments/schema";
import { googleApiErrors, type TokenExchangeError, tokenExchangeErrors } from "../../../facts/token-exchange";
import type { TourContext } from "../context";
import { exchangeToken, generateAccessToken } from "../google-api";
import { accountOf, exchangeAudience } from "../providers";
import { type Expectation, type Observation, refused, type TourStep } from "../step";
import {
  type Alteration,
  altered,
  forkPullRequestToken,
  mainBranchToken,
  otherRepositoryToken,
  overlongSubjectToken,
  workspaceToken,
} from "../tokens";

const words = ({ errorDescription }: TokenExchangeError): string => errorDescription;

/** GitHub where the environment trusts it, otherwise its Google Workspace provider: a good token but for one thing. */
const trustsGitHub = ({ federation }: Environment): boolean => federation.github !== undefined;

const whereGitHubIsTrusted =
  (reason: string) =>
  (environment: Environment): Expectation =>
    refused(trustsGitHub(environment) ? reason : words(tokenExchangeErrors.invalidTarget()));

export const forkPullRequest: TourStep = {
  id: "fork-pull-request",
  title: "A pull request from a fork",
  expects: whereGitHubIsTrusted(words(tokenExchangeErrors.conditionRejected())),
  async run(context) {
    const audience = exchangeAudience(context, "github");
    return exchangeOnly(
      context,
      "token of a workflow on pull_request, refs/pull/12/merge",
      audience,
      await forkPullRequestToken(context, audience),
    );
  },
};

export const otherRepository: TourStep = {
  id: "other-repository",
  title: "Another repository of the same owner",
  expects: whereGitHubIsTrusted(words(tokenExchangeErrors.conditionRejected())),
  async run(context) {
    const audience = exchangeAudience(context, "github");
    return exchangeOnly(
      context,
      "token of another repository, refs/heads/main",
      audience,
      await otherRepositoryToken(context, audience),
    );
  },
};

/** A token that would be admitted, but for the alteration. */
function alteredToken(id: string, title: string, alteration: Alteration, reason: string): TourStep {
  return {
    id,
    title,
    expects: () => refused(reason),
    async run(context) {
      const issuer = trustsGitHub(context.environment) ? "github" : "googleWorkspace";
      const audience = exchangeAudience(context, issuer);
      const token = await altered(context.twin, await admittedToken(context, audience), alteration);
      return exchangeOnly(
        context,
        `${issuer === "github" ? "GitHub" : "Google Workspace"} token, ${title.toLowerCase()}`,
        audience,
        token,
      );
    },
  };
}

export const expiredToken = alteredToken("expired-token", "An expired token", "expired", "is stale to sign-in.");
export const wrongAudienceToken = alteredToken(
  "wrong-audience-token",
  "A token for another audience",
  "wrong-audience",
  "does not match the expected audience.",
);
export const wrongIssuerToken = alteredToken(
  "wrong-issuer-token",
  "A token of another issuer",
  "wrong-issuer",
  "does not match the expected one.",
);
export const badlySignedToken = alteredToken(
  "badly-signed-token",
  "A token with another key's signature",
  "bad-signature",
  words(tokenExchangeErrors.badSignature()),
);

/** A subject over 127 bytes; the broker's pool is there in every environment and takes its subject from the token as it is. */
export const overlongSubject: TourStep = {
  id: "overlong-subject",
  title: "A subject of more than 127 bytes",
  expects: () => refused(words(tokenExchangeErrors.subjectTooLong())),
  async run(context) {
    const { audience, token } = await overlongSubjectToken(context);
    return exchangeOnly(context, "Entra token with a subject of 128 bytes", audience, token);
  },
};

/** The account of the next environment, asked for with a federated token of this one. */
export const otherEnvironmentsAccount: TourStep = {
  id: "other-environments-account",
  title: "The account of another environment",
  expects: () => refused(googleApiErrors.permissionDenied("iam.serviceAccounts.getAccessToken").message),
  async run(context) {
    const { environment, environments } = context;
    const other = Object.values(environments).find(({ name }) => name !== environment.name);
    if (other === undefined) throw new Error("there is only one environment");
    const issuer = trustsGitHub(environment) ? "github" : "googleWorkspace";
    const audience = exchangeAudience(context, issuer);
    const token = await admittedToken(context, audience);
    const account = accountOf(other, "mcp-server");
    const request = `federated token of ${environment.name}, generateAccessToken for ${account}`;
    const federated = await exchangeToken(context, audience, token);
    if (!federated.ok) throw new Error(`the exchange in ${environment.name} failed: ${federated.reason}`);
    const impersonated = await generateAccessToken(context, federated.value, account);
    return impersonated.ok
      ? { request, decision: "allowed", reason: `became ${account}` }
      : { request, decision: "refused", reason: impersonated.reason };
  },
};

/** A token that the environment admits. */
const admittedToken = (context: TourContext, audience: string): Promise<string> =>
  trustsGitHub(context.environment) ? mainBranchToken(context, audience) : workspaceToken(context, "administrator");

async function exchangeOnly(context: TourContext, what: string, audience: string, token: string): Promise<Observation> {
  const request = `POST /v1/token with ${what}`;
  const answer = await exchangeToken(context, audience, token);
  return answer.ok
    ? { request, decision: "allowed", reason: "a federated token was issued" }
    : { request, decision: "refused", reason: answer.reason };
}
