import { X509Certificate } from "node:crypto";
import { ConfigurationError } from "../../runtime";
import type { BrokerClient, Grant, TokenBrokerConfig } from "../config";
import { readClientAuthorities } from "../listener/mutual-tls-files";
import { clientAuthentication, type PathRefusal, validatePath } from "../peer/certificate-path";
import { oneLine } from "../peer/leaf-certificate";
import { identifyPeer, type PeerIdentity } from "../peer/peer-identity";
import { refusals } from "../refusals";
import { Policy, type TokenWish } from "./policy";

/** What a client can ask for; a `jwt` is one of the broker's own. */
export type CheckedType = "access_token" | "id_token" | "jwt";

export interface PolicyCheckInput {
  readonly config: TokenBrokerConfig;
  /** PEM: the client's certificate, then the rest of the chain that it will present. */
  readonly certificatePem: string;
  readonly account?: string | undefined;
  /** Of an ID token, or of a token of the broker's own. */
  readonly audience?: string | undefined;
  /** An ID token unless given, where there is an audience; else an access token. */
  readonly type?: CheckedType | undefined;
  readonly now: Date;
}

export interface PolicyCheckStep {
  readonly step: "certificate" | "chain" | "client" | "grant";
  /** `unknown` where this machine cannot tell, and the broker may. */
  readonly outcome: "good" | "bad" | "unknown";
  readonly text: string;
}

/** What a client would get, and why. */
export interface PolicyCheck {
  readonly granted: boolean;
  readonly steps: readonly PolicyCheckStep[];
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Walks the way of a request through certificate, chain and policy, without a broker, and says what each step finds. */
export function checkPolicy(input: PolicyCheckInput): PolicyCheck {
  const steps: PolicyCheckStep[] = [];
  const note = (step: PolicyCheckStep["step"], outcome: PolicyCheckStep["outcome"], text: string) => {
    steps.push({ step, outcome, text });
    return outcome !== "bad";
  };
  const granted = walk(input, note);
  return { granted, steps };
}

type Note = (step: PolicyCheckStep["step"], outcome: PolicyCheckStep["outcome"], text: string) => boolean;

function walk(input: PolicyCheckInput, note: Note): boolean {
  const { config, certificatePem, now } = input;
  const [leaf, ...rest] = readChain(certificatePem);
  if (leaf === undefined) return note("certificate", "bad", "the file holds no PEM certificate");
  const identified = identifyPeer(leaf.raw, now);
  if (!identified.ok) return note("certificate", "bad", refusals[identified.reason].description);
  const { peer } = identified;
  note("certificate", "good", `${namesOf(peer).join(", ")}; good until ${peer.notAfter.toISOString()}`);
  if (!checkChain(config, leaf, rest, peer, now, note)) return false;

  const policy = new Policy(config.policy);
  const found = policy.clientOf({ kind: "certificate", peer });
  if (!found.found) {
    const text =
      found.reason === "client_ambiguous"
        ? `several clients have this certificate: ${found.candidates.map(({ name }) => `"${name}"`).join(", ")}`
        : `no client of the policy has this certificate${nearest(policy.clients, peer)}`;
    return note("client", "bad", text);
  }
  const { client } = found;
  note("client", "good", `"${client.name}", by ${matchOf(client)}`);
  const { audience = "", type = audience === "" ? "access_token" : "id_token" } = input;
  // Only access tokens are to be had without the token endpoint.
  if (type !== "access_token" && !client.grantTypes.includes("client_credentials")) {
    return note("grant", "bad", `${refusals.grant_type_not_granted.description}: client_credentials`);
  }
  if (type === "jwt") return checkBrokerToken(config, client, audience, note);
  return checkGrant(policy, client, type, input, note);
}

function checkBrokerToken(config: TokenBrokerConfig, client: BrokerClient, audience: string, note: Note): boolean {
  const { brokerToken } = client;
  if (config.issuer === undefined)
    return note("grant", "bad", "the broker issues no tokens of its own: issuer is missing");
  if (brokerToken === undefined || !brokerToken.audiences.includes(audience)) {
    const audiences = brokerToken?.audiences.join(", ") ?? "none";
    return note("grant", "bad", `${refusals.audience_not_granted.description}; its audiences: ${audiences}`);
  }
  const bound = brokerToken.certificateBound ? ", bound to the certificate" : "";
  return note(
    "grant",
    "good",
    `a token of the broker's own for ${audience} for ${brokerToken.lifetimeSeconds} s${bound}`,
  );
}

function checkGrant(
  policy: Policy,
  client: BrokerClient,
  kind: TokenWish["kind"],
  { account, audience = "" }: PolicyCheckInput,
  note: Note,
): boolean {
  const decision = policy.grantFor(client, kind === "id_token" ? { kind, account, audience } : { kind, account });
  if (decision.granted) return note("grant", "good", describeGrant(decision.grant, kind, audience));
  const accounts = client.grants.map((grant) => grant.account).join(", ") || "none";
  const text = `${refusals[decision.reason].description}; its accounts: ${accounts}`;
  const isOwn = kind === "id_token" && client.brokerToken?.audiences.includes(audience) === true;
  return note("grant", "bad", isOwn ? `${text}; for a jwt of the broker's own the audience is granted` : text);
}

function describeGrant(grant: Grant, kind: TokenWish["kind"], audience: string): string {
  const quota = grant.quotaProject === undefined ? "" : `, quota project ${grant.quotaProject}`;
  const token =
    kind === "access_token"
      ? `an access token of ${grant.account} for ${grant.lifetimeSeconds} s with ${grant.scopes.join(" ")}${quota}`
      : `an ID token of ${grant.account} for ${audience}`;
  const approval =
    grant.approval === undefined
      ? ""
      : `, once ${grant.approval.approvers.map((name) => `"${name}"`).join(" or ")} approves`;
  return token + approval;
}

function checkChain(
  { listener }: TokenBrokerConfig,
  leaf: X509Certificate,
  rest: readonly X509Certificate[],
  peer: PeerIdentity,
  now: Date,
  note: Note,
): boolean {
  if (listener.kind === "front") return note("chain", "unknown", "the load balancer verifies it");
  let trust: ReturnType<typeof readClientAuthorities>["trust"];
  try {
    trust = readClientAuthorities(listener).trust;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return note("chain", "unknown", `not verified: ${error.problems.join("; ")}`);
  }
  const anchors = trust.anchorsFor(peer.spiffeId);
  const path = validatePath({
    leaf: leaf.raw,
    intermediates: rest.map(({ raw }) => raw),
    anchors,
    now,
    purpose: clientAuthentication,
  });
  if (path.ok) return note("chain", "good", `leads to "${oneLine(path.anchor.subject)}"`);
  if (path.reason === "no_path") {
    const expected = anchors.map(({ subject }) => `"${oneLine(subject)}"`).join(" or ") || "none";
    const presented = [leaf, ...rest].at(-1)?.issuer;
    return note(
      "chain",
      "bad",
      `leads to no trusted authority: expected issuer ${expected}, presented issuer "${oneLine(presented)}"`,
    );
  }
  // The handshake reads name constraints; the check here refuses to.
  if (path.reason === "name_constraints" && !trust.hasBundles) {
    return note("chain", "unknown", "has name constraints, which only the handshake reads");
  }
  return note("chain", "bad", pathWords[path.reason]);
}

const pathWords: Readonly<Record<Exclude<PathRefusal, "no_path">, string>> = {
  malformed: "a certificate of the chain cannot be read",
  expired: "a certificate of the chain has expired",
  not_yet_valid: "a certificate of the chain is not yet valid",
  not_an_authority: "a certificate of the chain that signs another is not an authority's",
  path_too_long: "the chain is longer than an authority in it allows",
  name_constraints: "an authority in the chain has name constraints, which are not processed for trust domains",
  unknown_critical_extension: "a certificate of the chain has a critical extension that is not known",
  weak_key: "a key in the chain is too weak: RSA of 2048 bits, P-256 or better",
  purpose: "an authority in the chain may not vouch for clients",
};

function readChain(pem: string): X509Certificate[] {
  try {
    return (pem.match(pemCertificate) ?? []).map((text) => new X509Certificate(text));
  } catch {
    return [];
  }
}

const namesOf = (peer: PeerIdentity): string[] => [
  ...(peer.spiffeId === undefined ? peer.uriSans.map((uri) => `URI ${uri}`) : [`SPIFFE ID ${peer.spiffeId}`]),
  ...peer.dnsNames.map((name) => `DNS name ${name}`),
  `subject ${peer.subjectDn || "(empty)"}`,
  `SHA-256 ${peer.sha256Fingerprint}`,
];

function matchOf({ match }: BrokerClient): string {
  const [[kind, value] = ["", ""]] = Object.entries(match).filter(([, each]) => each !== undefined);
  return `${kind} ${typeof value === "string" ? value : JSON.stringify(value)}`;
}

/** The client of the policy whose name looks most like one of the certificate's: a likely misspelling. */
function nearest(clients: readonly BrokerClient[], { spiffeId, dnsNames, subjectDn }: PeerIdentity): string {
  const own = [spiffeId, ...dnsNames, subjectDn].filter((name) => name !== undefined && name !== "");
  const candidates = clients.flatMap((client) => {
    const { spiffeId: id, dnsName, subjectDn: subject } = client.match;
    const name = id ?? dnsName ?? subject;
    if (name === undefined) return [];
    return own.map((each) => ({ client, name, common: commonStart(name.toLowerCase(), (each ?? "").toLowerCase()) }));
  });
  const [best] = candidates.sort((one, other) => other.common - one.common);
  if (best === undefined || best.common < best.name.length / 2) return "";
  return `; the nearest is "${best.client.name}", by ${matchOf(best.client)}`;
}

function commonStart(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return length;
}
