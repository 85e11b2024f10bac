import { publicMembers } from "../../facts/roles";
import type { Identity } from "./decision";

/**
 * Every member string of an IAM binding that includes the identity. Google's allAuthenticatedUsers leaves federated
 * identities out. Source: cloud.google.com/iam/docs/principal-identifiers, .../principals-overview.
 */
export function principalsOf(identity: Identity): string[] {
  if (identity.kind === "service-account") {
    return [`serviceAccount:${identity.email}`, publicMembers.everyGoogleIdentity, publicMembers.everyone];
  }
  const pool = `iam.googleapis.com/${identity.pool}`;
  return [
    `principal://${pool}/subject/${identity.subject}`,
    ...identity.groups.map((group) => `principalSet://${pool}/group/${group}`),
    ...Object.entries(identity.attributes).flatMap(([name, value]) => [
      `principalSet://${pool}/attribute.${name}/${value}`,
      `principalSet://${pool}/attribute.${name}/*`,
    ]),
    `principalSet://${pool}/*`,
    publicMembers.everyone,
  ];
}
