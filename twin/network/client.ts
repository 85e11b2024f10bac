import { Agent as HttpsAgent } from "node:https";
import { Agent, fetch, type RequestInfo, type RequestInit, type Response } from "undici";
import type { CertificateWithKey } from "./certificate-files";
import { lookupLocalhost } from "./localhost-names";

export interface TwinClientOptions {
  /** Certificate for servers that ask for one. */
  readonly clientCertificate?: CertificateWithKey;
  /** Milliseconds until the head of the answer, and between two pieces of its body; 30 000 by default. */
  readonly timeout?: number;
}

/** `fetch` that trusts the twin's authority, and only it. `close()` ends its connections. */
export interface TwinFetch {
  (input: RequestInfo, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

/** @param authority an object with the PEM of the authority, such as a CertificateAuthority */
export function createTwinFetch(
  authority: { readonly certificatePem: string },
  options: TwinClientOptions = {},
): TwinFetch {
  const { timeout = 30_000 } = options;
  const agent = new Agent({
    headersTimeout: timeout,
    bodyTimeout: timeout,
    connect: { ...tlsOptions(authority, options), timeout: 10_000 },
  });
  return Object.assign((input: RequestInfo, init?: RequestInit) => fetch(input, { ...init, dispatcher: agent }), {
    close: () => agent.close(),
  });
}

/** An agent for node:https and for clients built on it (gaxios, google-auth-library); trusts the twin's authority, and only it. */
export function createHttpsAgent(
  authority: { readonly certificatePem: string },
  options: TwinClientOptions = {},
): HttpsAgent {
  return new HttpsAgent({ ...tlsOptions(authority, options), keepAlive: true, timeout: options.timeout ?? 30_000 });
}

const tlsOptions = (authority: { readonly certificatePem: string }, { clientCertificate }: TwinClientOptions) => ({
  ca: authority.certificatePem,
  lookup: lookupLocalhost,
  ...(clientCertificate && { cert: clientCertificate.certificatePem, key: clientCertificate.keyPem }),
});
