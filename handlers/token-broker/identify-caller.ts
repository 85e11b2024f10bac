import type { IncomingMessage } from "node:http";
import type { TokenRefusal, TokenVerifier } from "./bearer/token-verifier";
import type { Clock } from "./clock";
import type { Listener, PeerRefusal } from "./listener/listener";
import type { Caller } from "./peer/caller";

export type IdentifiedCaller =
  | { readonly ok: true; readonly caller: Caller }
  | { readonly ok: false; readonly reason: PeerRefusal | TokenRefusal };

export interface CallerIdentification {
  readonly listener: Listener;
  readonly clock: Clock;
  /** Given where a JWT is taken in place of a certificate. */
  readonly bearer: TokenVerifier | undefined;
}

const bearerToken = /^Bearer +([^ ]+)$/i;

/**
 * Who sent a request: by the certificate of its connection, or, where that is allowed and there is none, by the JWT in its
 * Authorization header. A certificate that is not good is never made good by a token.
 */
export async function identifyCaller(
  request: IncomingMessage,
  { listener, clock, bearer }: CallerIdentification,
): Promise<IdentifiedCaller> {
  const peer = listener.peerOf(request, new Date(clock.now().wall));
  if (peer.ok) return { ok: true, caller: { kind: "certificate", peer: peer.peer } };
  const [, token] = bearerToken.exec(request.headers.authorization ?? "") ?? [];
  if (peer.reason !== "certificate_missing" || bearer === undefined || token === undefined) return peer;
  return bearer.verify(token, "bearer");
}
