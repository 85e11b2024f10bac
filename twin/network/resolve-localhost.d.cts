import type { LookupFunction } from "node:net";

/** Whether a host name is `localhost` or below it, which RFC 6761 §6.3 reserves for the loopback address. */
export function isLocalhostName(hostname: unknown): boolean;
/** A `lookup` for sockets: names below localhost are 127.0.0.1, all others go to the system's resolver. */
export const lookupLocalhost: LookupFunction;
/** Patches dns.lookup and dns.promises.lookup in this process; a second call changes nothing. */
export function installLocalhostNames(): void;
