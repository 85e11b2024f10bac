import type { TokenExchangeError } from "../../facts/token-exchange";
import type { ExternalCredential } from "../access/decision";
import type { AccessModel } from "../access/model";
import {
  type AccessExplanation,
  type ExplainOptions,
  explainAccess,
  type ProviderAnswer,
  type ReadCredential,
} from "../explain";
import type { CauseId } from "./causes";
import { knownErrors } from "./error-texts";
import type { Finding } from "./finding";
import { findingOf } from "./finding-of";

/** What is wrong with a credential in a model: seen, not guessed. Empty where it is admitted and becomes an account. */
export function checkCredential(model: AccessModel, read: ReadCredential, options: ExplainOptions): readonly Finding[] {
  if (!read.ok) return [findingOf("unparsable-token", `The token cannot be read: ${read.problem}`)];
  const explanation = explainAccess(model, read, options);
  return [
    ...explanation.faults.map(({ error, explanation: why }) => findingOf(faultOf(error, why), sentence(why))),
    ...notAsked(explanation),
    ...refusals(explanation.answers).flatMap((answer) => refusal(answer, read.credential)),
    ...groupFindings(explanation.answers, read.credential),
    ...reachFindings(explanation, options),
  ];
}

function faultOf({ errorDescription }: TokenExchangeError, why: string): CauseId {
  if (/begins in/.test(why)) return "clock-skew";
  if (/stale/.test(errorDescription)) return "token-expired";
  return /certificate/i.test(why) ? "client-certificate-unfit" : "algorithm";
}

function notAsked({ nobodyAsked }: AccessExplanation): readonly Finding[] {
  if (nobodyAsked === undefined) return [];
  const { explanation, error } = nobodyAsked;
  if (error.error === "invalid_target") return [findingOf("provider-absent", explanation)];
  return [
    findingOf(/version [12]\.0 token of Entra/.test(explanation) ? "issuer-version" : "issuer-mismatch", explanation),
  ];
}

/** A provider that looked at the claims says more than one that asks for another audience. */
function refusals(answers: readonly ProviderAnswer[]): readonly ProviderAnswer[] {
  if (answers.some(({ admitted }) => admitted)) return [];
  const looked = answers.filter((answer) => causeOf(answer) !== "audience-mismatch");
  return looked.length > 0 ? looked : answers;
}

function causeOf(answer: ProviderAnswer): CauseId | undefined {
  if (answer.admitted) return undefined;
  if (/is disabled/.test(answer.explanation))
    return /^Pool /.test(answer.explanation) ? "pool-disabled" : "provider-disabled";
  if (/takes AWS account/.test(answer.explanation)) return "aws-account";
  const known = knownErrors.find(({ pattern }) => pattern.test(answer.error.errorDescription));
  return known?.causes[0];
}

function refusal(answer: ProviderAnswer, credential: ExternalCredential): readonly Finding[] {
  const cause = causeOf(answer);
  if (answer.admitted || cause === undefined) return [];
  const found = [findingOf(cause, `${answer.address}: ${answer.explanation}`)];
  if (cause === "audience-mismatch" && isOfVersion(credential))
    found.push(findingOf("audience-version", `${answer.address} and the token may mean different versions`, "likely"));
  if (answer.claims.some(({ nearMiss }) => nearMiss?.startsWith("the same, but ")))
    found.push(
      findingOf(
        "condition-type",
        `${answer.address} compares with a text what the token has as a number or truth value`,
      ),
    );
  return found;
}

/** Whether the credential is a token of Entra. */
const isOfVersion = (credential: ExternalCredential): boolean =>
  credential.kind === "oidc" && /^https:\/\/(login\.microsoftonline\.com|sts\.windows\.net)\//.test(credential.issuer);

/** Source: learn.microsoft.com/entra/identity-platform/access-token-claims-reference#groups-overage-claim. */
function groupFindings(answers: readonly ProviderAnswer[], { claims }: ExternalCredential): readonly Finding[] {
  const names = "_claim_names" in claims ? claims["_claim_names"] : undefined;
  const overage = typeof names === "object" && names !== null && "groups" in names;
  if (overage || ("hasgroups" in claims && claims["hasgroups"] !== undefined))
    return [findingOf("group-overage", "The token refers to Graph for its groups and holds none")];
  const asked = refusals(answers).some(
    (answer) =>
      !answer.admitted &&
      (/google\.groups/.test(answer.error.errorDescription) || answer.claims.some(({ claim }) => claim === "groups")),
  );
  const absent = !("groups" in claims) || claims["groups"] === undefined;
  return asked && absent ? [findingOf("no-groups", "The provider reads groups, and the token has none")] : [];
}

function reachFindings(
  { identities, contradictions: _ }: AccessExplanation,
  { account }: ExplainOptions,
): readonly Finding[] {
  return identities.flatMap(({ provider, reach, account: asked }) => {
    if (account !== undefined)
      return asked?.becomes === false
        ? [
            findingOf(
              whyNot(asked.explanation),
              `The identity that ${provider} makes does not become ${account}: ${asked.explanation}`,
            ),
          ]
        : [];
    if (reach.accounts.length > 0 || reach.roles.length > 0) return [];
    return [findingOf("not-bound", `${provider} admits the token, and no binding names the identity`)];
  });
}

function whyNot(explanation: string): CauseId {
  if (/There is no service account|is disabled/.test(explanation)) return "account-absent";
  if (/Deny policy/.test(explanation)) return "deny-policy";
  return /condition/.test(explanation) ? "condition-of-binding" : "not-bound";
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
