import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { bundled } from "./bundled";
import { benchSpiffeId, type Certificates } from "./certificates";
import { type Child, serverProcessor, startChild } from "./child";
import type { BenchGoogle } from "./google";

export interface ServerUnderTest extends Child {
  readonly port: number;
}

export interface BenchBroker extends ServerUnderTest {
  /** Origin of its admin listener. */
  readonly admin: string;
}

export interface BenchBrokerOptions {
  readonly grants?: readonly Readonly<Record<string, unknown>>[];
  readonly limits?: Readonly<Record<string, number>>;
  /** Whether there is a listener for probes and metrics, which the peers have not; true unless given. */
  readonly hasAdmin?: boolean;
}

export const account = "bench-job@bench-project.iam.gserviceaccount.com";
const scopes = ["https://www.googleapis.com/auth/cloud-platform"];
export const accessGrant = (email = account) => ({ account: email, scopes, lifetimeSeconds: 3_600 });

const readySchema = z.object({ address: z.string() });

/** The broker's bundle with mutual TLS, policy, and an audit file. */
export async function startBroker(
  certificates: Certificates,
  google: BenchGoogle,
  options: Omit<BenchBrokerOptions, "hasAdmin"> = {},
): Promise<BenchBroker> {
  const child = startChild(serverProcessor, process.execPath, [bundled("handlers/token-broker/main.ts")], {
    PORT: "0",
    HOST: "127.0.0.1",
    KEYLESS_CONFIG: brokerConfiguration(certificates, options),
    KEYLESS_ENDPOINTS: JSON.stringify({ securityTokenService: google.origin, iamCredentials: google.origin }),
  });
  const addressIn = async (text: string) => readySchema.parse(JSON.parse(await child.line(text))).address;
  const admin = await addressIn('"admin_ready"');
  const { port } = new URL(await addressIn('"message":"ready"'));
  return { ...child, port: Number(port), admin };
}

export function brokerConfiguration(
  certificates: Certificates,
  { grants = [accessGrant()], limits = {}, hasAdmin = true }: BenchBrokerOptions = {},
): string {
  return JSON.stringify({
    listener: {
      kind: "mutual-tls",
      certificateFile: certificates.serverCertificate,
      keyFile: certificates.serverKey,
      clientCaFile: certificates.authority,
      limits: { connections: 20_000, ...limits },
    },
    ...(hasAdmin && { admin: { port: 0 } }),
    source: { kind: "file", file: certificates.write("subject.jwt", subjectToken()) },
    exchange: {
      audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/bench-01/providers/bench-01",
    },
    policy: { clients: [{ name: "bench client", match: { spiffeId: benchSpiffeId }, grants }] },
    audit: { file: join(certificates.directory, `audit-${randomUUID()}.jsonl`) },
  });
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const subjectToken = () =>
  `${part({ alg: "RS256" })}.${part({ exp: Math.floor(Date.now() / 1000) + 86_400 })}.${"s".repeat(342)}`;
