import type { BrokerClient, ClientMatch, Grant, PolicyConfig } from "../config";
import { accessTokenTarget, type KeptTarget, type TokenTarget, targetsOf } from "../exchange/token-target";
import type { Caller } from "../peer/caller";

/** Why a client whose proof is good gets no token. */
export type PolicyRefusal =
  | "client_not_listed"
  | "client_ambiguous"
  | "account_required"
  | "account_not_granted"
  | "audience_not_granted"
  | "scope_not_granted";

export type ClientDecision =
  | { readonly found: true; readonly client: BrokerClient }
  | { readonly found: false; readonly reason: PolicyRefusal; readonly candidates: readonly BrokerClient[] };

export type GrantDecision =
  | { readonly granted: true; readonly grant: Grant; readonly target: TokenTarget }
  | { readonly granted: false; readonly reason: PolicyRefusal };

/** What a client asks for. */
export type TokenWish =
  | {
      readonly kind: "access_token";
      /** May be left out when there is one choice only. */
      readonly account?: string | undefined;
      /** Exactly the scopes of the grant, or undefined for them. */
      readonly scopes?: readonly string[] | undefined;
    }
  | { readonly kind: "id_token"; readonly account?: string | undefined; readonly audience: string };

/** The policy, made ready for looking up: default deny. */
export class Policy {
  readonly clients: readonly BrokerClient[];
  /** Everything that can ever be asked for. */
  readonly targets: readonly KeptTarget[];
  readonly #byProof = new Map<string, BrokerClient[]>();
  /** One object for each, so that a lookup costs no serialization. */
  readonly #accessTargets = new Map<Grant, TokenTarget>();

  constructor({ clients }: PolicyConfig) {
    this.clients = clients;
    this.targets = targetsOf(clients);
    for (const client of clients) {
      const proof = proofOfMatch(client.match);
      this.#byProof.set(proof, [...(this.#byProof.get(proof) ?? []), client]);
      for (const grant of client.grants) this.#accessTargets.set(grant, accessTokenTarget(grant));
    }
  }

  /** A caller that two clients of the policy describe gets nothing, since whose grants are meant is not said. */
  clientOf(caller: Caller): ClientDecision {
    const candidates = new Set(proofsOf(caller).flatMap((proof) => this.#byProof.get(proof) ?? []));
    const [client, ...others] = candidates;
    if (client === undefined) return { found: false, reason: "client_not_listed", candidates: [] };
    if (others.length > 0) return { found: false, reason: "client_ambiguous", candidates: [...candidates] };
    return { found: true, client };
  }

  /** Which of a client's grants a wish means. */
  grantFor(client: BrokerClient, wish: TokenWish): GrantDecision {
    const refuse = (reason: PolicyRefusal): GrantDecision => ({ granted: false, reason });
    const ofAccount =
      wish.account === undefined ? client.grants : client.grants.filter(({ account }) => account === wish.account);
    if (ofAccount.length === 0) return refuse("account_not_granted");
    const fitting = ofAccount.filter((grant) =>
      wish.kind === "access_token" ? grant.scopes.length > 0 : grant.idTokenAudiences.includes(wish.audience),
    );
    const [grant, ...others] = fitting;
    if (grant === undefined)
      return refuse(wish.kind === "access_token" ? "account_not_granted" : "audience_not_granted");
    if (others.length > 0) return refuse("account_required");
    if (wish.kind === "id_token") {
      const target: TokenTarget = { kind: "id_token", account: grant.account, audience: wish.audience };
      return { granted: true, grant, target };
    }
    // A narrower token would be another one, obtained and kept for this client alone: such a wish is a grant of its own.
    if (wish.scopes !== undefined && !isSameSet(wish.scopes, grant.scopes)) return refuse("scope_not_granted");
    return { granted: true, grant, target: this.#accessTargets.get(grant) ?? accessTokenTarget(grant) };
  }
}

const isSameSet = (one: readonly string[], other: readonly string[]): boolean =>
  one.every((item) => other.includes(item)) && other.every((item) => one.includes(item));

/** One line for each way in which a client can be matched; the first word tells them apart. */
function proofOfMatch(match: ClientMatch): string {
  if (match.spiffeId !== undefined) return `spiffe ${match.spiffeId}`;
  if (match.uri !== undefined) return `uri ${match.uri}`;
  if (match.dnsName !== undefined) return `dns ${match.dnsName}`;
  if (match.subjectDn !== undefined) return `subject ${match.subjectDn}`;
  if (match.jwt !== undefined) return proofOfJwt(match.jwt);
  return `sha256 ${match.sha256Fingerprint}`;
}

function proofsOf(caller: Caller): string[] {
  if (caller.kind === "jwt") return [proofOfJwt(caller)];
  const { spiffeId, uriSans, dnsNames, subjectDn, sha256Fingerprint } = caller.peer;
  const fingerprint = `sha256 ${sha256Fingerprint}`;
  // Its SPIFFE ID is an SVID's only name: the trust domain that vouches for the ID has no say in other names, or the
  // authority of one domain could write a DNS name of another into its certificates.
  if (spiffeId !== undefined) return [`spiffe ${spiffeId}`, fingerprint];
  return [
    ...uriSans.map((uri) => `uri ${uri}`),
    ...dnsNames.map((name) => `dns ${name}`),
    `subject ${subjectDn}`,
    fingerprint,
  ];
}

const proofOfJwt = ({ issuer, subject }: { readonly issuer: string; readonly subject: string }): string =>
  `jwt ${JSON.stringify([issuer, subject])}`;
