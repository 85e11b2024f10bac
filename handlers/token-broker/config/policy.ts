import { z } from "zod";
import { federationLimits } from "../../../facts/federation-limits";
import { tokenExchangeGrantType } from "../../../facts/token-exchange";
import { isDistinguishedName } from "../peer/distinguished-name";
import { isWorkloadSpiffeId } from "../peer/spiffe-id";
import { audience, seconds } from "./fields";

const matchNames = ["spiffeId", "uri", "dnsName", "subjectDn", "sha256Fingerprint", "jwt"] as const;

const matchSchema = z
  .strictObject({
    spiffeId: z.string().refine(isWorkloadSpiffeId, "expected a SPIFFE ID with a path").optional(),
    uri: z
      .string()
      .regex(/^(?!spiffe:)[a-z][a-z0-9+.-]*:[\x21-\x7e]+$/i, "expected a URI that is no SPIFFE ID")
      .optional(),
    dnsName: z
      .string()
      .regex(
        /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
        "expected a lower-case DNS name, no wildcard",
      )
      .optional(),
    /** RFC 4514, the last attribute first: `CN=batch,O=ailab,C=DE`. Compared as a text, so in the one form that has. */
    subjectDn: z
      .string()
      .refine(
        isDistinguishedName,
        "expected a distinguished name as RFC 4514 writes it, such as CN=batch,O=ailab,C=DE: no space beside commas and equals signs",
      )
      .optional(),
    sha256Fingerprint: z
      .string()
      .regex(/^[0-9a-f]{64}$/, "expected 64 lower-case hexadecimal digits")
      .optional(),
    /** The subject of JWTs of one of `tokenIssuers`. */
    jwt: z
      .strictObject({
        issuer: z.string().min(1, "expected an issuer"),
        subject: z.string().min(1, "expected a subject"),
      })
      .optional(),
  })
  .refine((match) => Object.values(match).filter((value) => value !== undefined).length === 1, {
    message: `expected exactly one of ${matchNames.join(", ")}`,
  });

const approvalSchema = z.strictObject({
  /** Names of clients, any one of which may approve; never the one that asks. */
  approvers: z.array(z.string()).min(1, "expected at least one approver"),
  /** For how long an approval admits the client that was approved. */
  validSeconds: seconds(60, 3_600).default(900),
});

const grantSchema = z
  .strictObject({
    account: z
      .string()
      .regex(
        /^[a-z][a-z0-9-]{4,28}[a-z0-9]@([a-z0-9-]+\.)+iam\.gserviceaccount\.com$/,
        "expected the e-mail of a service account",
      ),
    /** Of the account's access token; without them there is none. */
    scopes: z
      .array(z.string().regex(/^https:\/\/\S+$/, "expected a scope that begins with https://"))
      .min(1, "expected at least one scope")
      .optional()
      .transform((scopes) => scopes ?? []),
    /** For which the account's ID token may be asked; without them there is none. */
    idTokenAudiences: z
      .array(audience)
      .min(1, "expected at least one audience")
      .optional()
      .transform((audiences) => audiences ?? []),
    lifetimeSeconds: seconds(60, federationLimits.impersonatedTokenSeconds),
    /** Project whose quota the client's calls count against; the client sends it as X-Goog-User-Project. */
    quotaProject: z
      .string()
      .regex(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, "expected a project id")
      .optional(),
    approval: approvalSchema.optional(),
  })
  .refine(({ scopes, idTokenAudiences }) => scopes.length + idTokenAudiences.length > 0, {
    path: ["scopes"],
    message: "missing, expected scopes, idTokenAudiences or both",
    when: ({ issues }) => issues.length === 0,
  });

/** Tokens of the broker's own, by which a client shows others who it is. */
const brokerTokenSchema = z.strictObject({
  audiences: z.array(audience).min(1, "expected at least one audience"),
  lifetimeSeconds: seconds(60, 3_600).default(600),
  /** Whether the token is bound to the certificate that asked for it (RFC 8705 §3). */
  certificateBound: z.boolean("expected true or false").default(false),
});

const clientGrantTypes = ["client_credentials", tokenExchangeGrantType] as const;

const clientSchema = z.strictObject({
  /** Also its `client_id`. */
  name: z
    .string()
    .min(1, "expected a name")
    .max(64, "expected at most 64 characters")
    .regex(/^[\x20-\x7e]*$/, "expected printable ASCII"),
  match: matchSchema,
  grants: z.array(grantSchema),
  /** What it may ask POST /oauth2/token for. */
  grantTypes: z
    .array(z.enum(clientGrantTypes))
    .min(1, "expected at least one grant type")
    .default(["client_credentials"]),
  brokerToken: brokerTokenSchema.optional(),
});

type Clients = readonly z.output<typeof clientSchema>[];
type Report = (path: readonly (string | number)[], message: string) => void;

/** Which client may have which tokens; whoever is not named has none. */
export const policySchema = z.strictObject({ clients: z.array(clientSchema) }).superRefine(({ clients }, context) => {
  const report: Report = (path, message) => context.addIssue({ code: "custom", path: ["clients", ...path], message });
  reportRepetitions(clients, report);
  reportApprovers(clients, report);
  const approvers = new Set(
    clients.flatMap(({ grants }) => grants.flatMap(({ approval }) => approval?.approvers ?? [])),
  );
  clients.forEach(({ name, grants, brokerToken }, index) => {
    const isOfUse = grants.length > 0 || brokerToken !== undefined || approvers.has(name);
    if (!isOfUse) report([index, "grants"], "expected at least one grant");
  });
});

function reportRepetitions(clients: Clients, report: Report): void {
  const names = new Set<string>();
  const matches = new Set<string>();
  clients.forEach((client, index) => {
    const match = JSON.stringify(Object.entries(client.match).filter(([, value]) => value !== undefined));
    if (names.has(client.name)) report([index, "name"], "expected a name of its own");
    if (matches.has(match)) report([index, "match"], "expected a match of its own");
    names.add(client.name);
    matches.add(match);
    const accounts = new Set<string>();
    client.grants.forEach(({ account }, position) => {
      if (accounts.has(account)) {
        report([index, "grants", position, "account"], "expected each account once for a client");
      }
      accounts.add(account);
    });
  });
}

function reportApprovers(clients: Clients, report: Report): void {
  const names = new Set(clients.map(({ name }) => name));
  clients.forEach(({ name, grants }, index) => {
    grants.forEach(({ approval }, position) => {
      const path = [index, "grants", position, "approval", "approvers"];
      if (approval?.approvers.includes(name)) report(path, "expected another client: nobody approves for himself");
      if (approval?.approvers.some((approver) => !names.has(approver))) report(path, "expected names of clients");
    });
  });
}

export type PolicyConfig = z.output<typeof policySchema>;
export type BrokerClient = PolicyConfig["clients"][number];
export type Grant = BrokerClient["grants"][number];
export type ClientMatch = BrokerClient["match"];
