import { publicMembers } from "../../facts/roles";
import { type TokenExchangeError, tokenExchangeErrors } from "../../facts/token-exchange";
import type { Contradiction } from "../access/contradictions";
import type { ExternalCredential, FederatedIdentity } from "../access/decision";
import type { Provider } from "../access/federation";
import { evaluateImpersonation } from "../access/impersonation";
import type { AccessModel } from "../access/model";
import { principalsOf } from "../access/principals";
import { isUnresolved } from "../terraform/unresolved";
import type { CredentialFault, ReadCredential } from "./credential";
import { askProvider, type ProviderAnswer } from "./explain-exchange";
import { issuerNote } from "./issuer-note";
import { type WithinReach, withinReach } from "./within-reach";

export interface ExplainOptions {
  readonly now: Date;
  /** Full name of the one provider to ask, as an exchange's audience; all that take the issuer's tokens unless given. */
  readonly audience?: string | undefined;
  /** Stack whose providers are asked; those of all unless given. */
  readonly stack?: string | undefined;
  /** An account that the credential should become: whether, and why not. */
  readonly account?: string | undefined;
}

/** A member string that stands for the identity, and whether some binding uses it. */
export interface Principal {
  readonly principal: string;
  readonly bound: boolean;
}

/** What somebody with a credential can do. */
export interface AccessExplanation {
  readonly admitted: boolean;
  /** Faults of the credential itself, for which Google refuses it whoever is asked. */
  readonly faults: readonly CredentialFault[];
  /** Why no provider was asked, where none was. */
  readonly nobodyAsked?: CredentialFault;
  readonly answers: readonly ProviderAnswer[];
  /** One for each provider that admits. */
  readonly identities: readonly {
    readonly provider: string;
    readonly identity: FederatedIdentity;
    readonly principals: readonly Principal[];
    readonly reach: WithinReach;
    /** About the account that was asked for. */
    readonly account?: { readonly email: string; readonly becomes: boolean; readonly explanation: string };
  }[];
  /** Bindings of which a part is known only after apply: they may name the identity, or not. */
  readonly unresolved: readonly {
    readonly address: string;
    readonly role: string;
    readonly member: string;
    readonly resource: string;
  }[];
  /** Providers that may take such a credential and are not evaluated. */
  readonly notEvaluated: readonly string[];
  /** What could not be read of the configuration, by address. */
  readonly unreadable: readonly { readonly address: string; readonly problem: string }[];
  readonly contradictions: readonly Contradiction[];
}

/**
 * Who a credential becomes in a model, as which principal, and how far that reaches. Neither claims nor tokens are in what it
 * returns; mapped attributes and principals of an admitted identity are, since they are what bindings name.
 */
export function explainAccess(model: AccessModel, read: ReadCredential, options: ExplainOptions): AccessExplanation {
  const rest = {
    unreadable: model.unreadable,
    contradictions: model.contradictions,
    unresolved: unresolvedIn(model),
  };
  const notEvaluated = [...model.providers.values()].flatMap(({ issuer, name }) =>
    issuer.kind === "saml" ? [name] : [],
  );
  const none = { admitted: false, answers: [], identities: [], notEvaluated, ...rest };
  if (!read.ok) return { ...none, faults: [], nobodyAsked: { error: read.error, explanation: sentence(read.problem) } };
  const { credential, faults } = read;
  const asked = candidates(model, credential, options);
  if ("error" in asked) return { ...none, faults, nobodyAsked: asked };
  const answers = asked.map((provider) => askProvider(model, provider, credential));
  const identities = answers.flatMap((answer) => {
    if (!answer.admitted) return [];
    const { identity, provider } = answer;
    const { account } = options;
    return [
      {
        provider,
        identity,
        principals: principalsIn(model, identity),
        reach: withinReach(model, identity, options.now),
        ...(account === undefined ? {} : { account: aboutAccount(model, identity, account, options.now) }),
      },
    ];
  });
  return {
    ...rest,
    admitted: faults.length === 0 && identities.length > 0,
    faults,
    answers,
    identities,
    notEvaluated,
  };
}

/** Whom to ask: the provider that is named, or all that take credentials of this issuer. */
function candidates(
  model: AccessModel,
  credential: ExternalCredential,
  { audience, stack }: ExplainOptions,
): readonly Provider[] | CredentialFault {
  if (audience !== undefined) {
    const name = audience.replace(/^(https:)?\/\/iam\.googleapis\.com\//, "");
    const provider = model.providers.get(name);
    if (provider !== undefined) return [provider];
    const known = [...model.providers.keys()].join(", ") || "none";
    return {
      error: tokenExchangeErrors.invalidTarget(),
      explanation: `There is no such provider. There are: ${known}.`,
    };
  }
  const all = [...model.providers.values()].filter((provider) => stack === undefined || provider.stack === stack);
  const found = all.filter((provider) => takes(provider, credential));
  if (found.length > 0) return found;
  return { error: mismatch(credential), explanation: sentence(issuerNote(credential, all)) };
}

const mismatch = (credential: ExternalCredential): TokenExchangeError =>
  credential.kind === "oidc" ? tokenExchangeErrors.issuerMismatch("<its iss>") : tokenExchangeErrors.invalidTarget();

function takes({ issuer }: Provider, credential: ExternalCredential): boolean {
  if (credential.kind !== "oidc" || issuer.kind !== "oidc") return credential.kind === issuer.kind;
  return issuer.issuer.replace(/\/$/, "") === credential.issuer.replace(/\/$/, "");
}

function unresolvedIn(model: AccessModel): AccessExplanation["unresolved"] {
  const open = [...model.bindings.values()].flat().filter(({ member, resource, role }) =>
    // Accounts and agents that Google names are no external identities.
    isUnresolved(`${role}${resource}`)
      ? !member.startsWith("serviceAccount:")
      : isUnresolved(member) && !/^[a-zA-Z]+:[^/]/.test(member),
  );
  return open.map(({ address, role, member, resource }) => ({ address, role, member, resource }));
}

function principalsIn(model: AccessModel, identity: FederatedIdentity): readonly Principal[] {
  const members = new Set([...model.bindings.values()].flat().map(({ member }) => member));
  return principalsOf(identity)
    .filter((principal) => principal !== publicMembers.everyone)
    .map((principal) => ({ principal, bound: members.has(principal) }));
}

function aboutAccount(model: AccessModel, identity: FederatedIdentity, email: string, now: Date) {
  const reached = withinReach(model, identity, now).accounts.find((account) => account.email === email);
  if (reached !== undefined) {
    const way = reached.through.length === 0 ? "" : ` through ${reached.through.join(", then ")}`;
    const explanation = `${reached.by.address} grants ${reached.by.role} to ${reached.by.member}${way}.`;
    return { email, becomes: true, explanation };
  }
  const { explanation } = evaluateImpersonation(model, identity, email, "iam.serviceAccounts.getAccessToken", now);
  return { email, becomes: false, explanation };
}

const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;
