import { z } from "zod";
import { federationLimits } from "../../facts/federation-limits";
import { isWorkloadSpiffeId } from "./peer/spiffe-id";

/** What the broker's `KEYLESS_CONFIG` may say. Every message names the expected form. */

const uuid = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, "expected a UUID")
  .transform((text) => text.toLowerCase());
const file = z.string().min(1, "expected a path to a file");

const listenerSchema = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({ kind: z.literal("front") }),
    z.strictObject({ kind: z.literal("mutual-tls"), certificateFile: file, keyFile: file, clientCaFile: file }),
  ],
  { error: 'expected an object whose kind is "front" or "mutual-tls"' },
);

const sourceSchema = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({
      kind: z.literal("entra-client-assertion"),
      tenantId: uuid,
      clientId: uuid,
      scope: z.string().regex(/^\S+\/\.default$/, 'expected one scope that ends in "/.default"'),
      certificateFile: file,
      keyFile: file,
    }),
  ],
  { error: 'expected an object whose kind is "entra-client-assertion"' },
);

const providerAudience = z
  .string()
  .regex(
    /^\/\/iam\.googleapis\.com\/projects\/[0-9]+\/locations\/global\/workloadIdentityPools\/[a-z0-9-]{4,32}\/providers\/[a-z0-9-]{4,32}$/,
    "expected //iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER",
  );

const matchSchema = z
  .strictObject({
    spiffeId: z.string().refine(isWorkloadSpiffeId, "expected a SPIFFE ID with a path").optional(),
    dnsName: z
      .string()
      .regex(
        /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
        "expected a lower-case DNS name, no wildcard",
      )
      .optional(),
    sha256Fingerprint: z
      .string()
      .regex(/^[0-9a-f]{64}$/, "expected 64 lower-case hexadecimal digits")
      .optional(),
  })
  .refine((match) => Object.values(match).filter((value) => value !== undefined).length === 1, {
    message: "expected exactly one of spiffeId, dnsName, sha256Fingerprint",
  });

const longest = federationLimits.impersonatedTokenSeconds;
const grantSchema = z.strictObject({
  account: z
    .string()
    .regex(
      /^[a-z][a-z0-9-]{4,28}[a-z0-9]@[a-z0-9.-]+\.iam\.gserviceaccount\.com$/,
      "expected the e-mail of a service account",
    ),
  scopes: z
    .array(z.string().regex(/^https:\/\/\S+$/, "expected a scope that begins with https://"))
    .min(1, "expected at least one scope"),
  lifetimeSeconds: z
    .int("expected whole seconds")
    .min(60, "expected at least 60 seconds")
    .max(longest, `expected at most ${longest} seconds`),
});

const clientSchema = z.strictObject({
  name: z.string().min(1, "expected a name").max(64, "expected at most 64 characters"),
  match: matchSchema,
  grants: z.array(grantSchema).min(1, "expected at least one grant"),
});

const policySchema = z.strictObject({ clients: z.array(clientSchema) }).superRefine(({ clients }, context) => {
  const names = new Set<string>();
  const matches = new Set<string>();
  clients.forEach((client, index) => {
    const match = JSON.stringify(Object.entries(client.match).filter(([, value]) => value !== undefined));
    if (names.has(client.name)) {
      context.addIssue({ code: "custom", path: ["clients", index, "name"], message: "expected a name of its own" });
    }
    if (matches.has(match)) {
      context.addIssue({ code: "custom", path: ["clients", index, "match"], message: "expected a match of its own" });
    }
    names.add(client.name);
    matches.add(match);
    const accounts = new Set<string>();
    client.grants.forEach(({ account }, position) => {
      if (accounts.has(account)) {
        const path = ["clients", index, "grants", position, "account"];
        context.addIssue({ code: "custom", path, message: "expected each account once for a client" });
      }
      accounts.add(account);
    });
  });
});

export const tokenBrokerConfigSchema = z.strictObject({
  /** How clients prove who they are. */
  listener: listenerSchema,
  /** Where the broker's own external token comes from. */
  source: sourceSchema,
  /** The workload identity provider that the external token is exchanged at. */
  exchange: z.strictObject({ audience: providerAudience }),
  /** Which client may have tokens of which account; whoever is not named has none. */
  policy: policySchema,
});

export type TokenBrokerConfig = z.output<typeof tokenBrokerConfigSchema>;
export type ListenerConfig = TokenBrokerConfig["listener"];
export type EntraClientAssertionConfig = Extract<TokenBrokerConfig["source"], { kind: "entra-client-assertion" }>;
export type BrokerClient = TokenBrokerConfig["policy"]["clients"][number];
export type Grant = BrokerClient["grants"][number];
