import type { PeerIdentity } from "./peer-identity";

/** Who asks, by what proves it. */
export type Caller =
  | { readonly kind: "certificate"; readonly peer: PeerIdentity }
  | {
      readonly kind: "jwt";
      readonly issuer: string;
      readonly subject: string;
      readonly tokenId: string | undefined;
      readonly expiresAt: Date;
    };
