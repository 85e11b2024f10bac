import type { BrokerClient, Grant } from "./config";
import type { PeerIdentity } from "./peer/peer-identity";

/** Why a client with a good certificate gets no token. */
export type PolicyRefusal = "client_not_listed" | "client_ambiguous" | "account_required" | "account_not_granted";

export type PolicyDecision =
  | { readonly granted: true; readonly client: string; readonly grant: Grant }
  | { readonly granted: false; readonly reason: PolicyRefusal; readonly client?: string };

/**
 * Decides what a peer may have. Default deny; a peer that two clients of the policy describe gets nothing, since whose
 * grants are meant is not said.
 *
 * @param account The account asked for; may be left out when the client has exactly one grant.
 */
export function decide(
  clients: readonly BrokerClient[],
  peer: PeerIdentity,
  account: string | undefined,
): PolicyDecision {
  const [client, ...others] = clients.filter(({ match }) => matches(match, peer));
  if (client === undefined) return { granted: false, reason: "client_not_listed" };
  if (others.length > 0) return { granted: false, reason: "client_ambiguous" };
  const [grant, ...moreGrants] =
    account === undefined ? client.grants : client.grants.filter((candidate) => candidate.account === account);
  if (grant === undefined) return { granted: false, reason: "account_not_granted", client: client.name };
  if (moreGrants.length > 0) return { granted: false, reason: "account_required", client: client.name };
  return { granted: true, client: client.name, grant };
}

function matches(match: BrokerClient["match"], peer: PeerIdentity): boolean {
  if (match.spiffeId !== undefined) return peer.spiffeId === match.spiffeId;
  if (match.dnsName !== undefined) return peer.dnsNames.includes(match.dnsName);
  return match.sha256Fingerprint !== undefined && peer.sha256Fingerprint === match.sha256Fingerprint;
}
