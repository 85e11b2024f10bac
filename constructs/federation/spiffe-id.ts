import { federationLimits } from "../../facts/federation-limits";
import { type ConstructPlace, requireForm, requireProperty } from "./property-error";

/** Source: github.com/spiffe/spiffe, standards/SPIFFE-ID.md §2. */
const trustDomainPattern = /^[a-z0-9._-]{1,255}$/;
const spiffeIdPattern = /^spiffe:\/\/([a-z0-9._-]{1,255})((?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+)+)$/;

/**
 * SPIFFE IDs of workloads of one trust domain, each short enough to be a google.subject.
 *
 * @throws PropertyError
 */
export function requireSpiffeIds(
  place: ConstructPlace,
  trustDomain: string,
  ids: readonly string[],
): readonly [string, ...string[]] {
  requireForm(place, "trustDomain", trustDomain, trustDomainPattern, "expected a trust domain: a-z, 0-9 and . _ -");
  for (const id of ids) {
    const rule = `expected a SPIFFE ID of a workload: spiffe://${trustDomain}/PATH`;
    requireProperty(place, "spiffeIds", id, spiffeIdPattern.exec(id)?.[1] === trustDomain, rule);
    const limit = federationLimits.subjectBytes;
    const fits = Buffer.byteLength(id) <= limit;
    requireProperty(place, "spiffeIds", id, fits, `expected at most ${limit} bytes, as google.subject has`);
  }
  const [first, ...others] = ids;
  requireProperty(place, "spiffeIds", "[]", first !== undefined, "expected at least one SPIFFE ID");
  return [first ?? "", ...others];
}

/** Bytes of the longest. */
export const longest = (ids: readonly string[]): number => Math.max(...ids.map((id) => Buffer.byteLength(id)));
