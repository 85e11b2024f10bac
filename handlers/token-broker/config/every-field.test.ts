import { ConfigurationError, readConfiguration } from "../../runtime";
import { audience, batchAccount, clientId, reportAccount, scope, tenantId } from "../testing/broker-fixture";
import { tokenBrokerConfigSchema } from ".";

const source = {
  kind: "entra-client-assertion",
  tenantId,
  clientId,
  scope,
  pkcs12File: "/secrets/entra.p12",
  passwordFile: "/secrets/password",
};
/** Uses every section and every field. */
const whole = {
  listener: {
    kind: "mutual-tls",
    certificateFile: "/c.pem",
    keyFile: "/k.pem",
    clientCaFile: "/ca.pem",
    trustDomains: [{ name: "ailab.com", caFile: "/ailab.pem" }],
    limits: { connections: 100, headerBytes: 8192, handshakeSeconds: 5, requestSeconds: 5, idleSeconds: 60 },
  },
  admin: { host: "127.0.0.1", port: 9090 },
  source,
  exchange: { audience },
  policy: {
    clients: [
      {
        name: "batch job",
        match: { spiffeId: "spiffe://ailab.com/dev/batch-job" },
        grants: [
          {
            account: batchAccount,
            scopes: ["https://www.googleapis.com/auth/cloud-platform"],
            idTokenAudiences: ["https://reports.ailab.com"],
            lifetimeSeconds: 3600,
            quotaProject: "ailab-data-dev",
            approval: { approvers: ["officer"], validSeconds: 600 },
          },
        ],
        grantTypes: ["client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange"],
        brokerToken: { audiences: ["https://peer.ailab.com"], lifetimeSeconds: 300, certificateBound: true },
      },
      { name: "officer", match: { subjectDn: "CN=officer,O=ailab" }, grants: [] },
      {
        name: "pipeline",
        match: { jwt: { issuer: "https://issuer.ailab.com", subject: "pipeline" } },
        grants: [{ account: reportAccount, idTokenAudiences: ["https://reports.ailab.com"], lifetimeSeconds: 600 }],
      },
      { name: "printer", match: { uri: "urn:uuid:printer" }, grants: [], brokerToken: { audiences: ["x"] } },
    ],
  },
  issuer: { url: "https://broker.ailab.com", signingKeyFiles: ["/signing.pem"] },
  tokenIssuers: [
    {
      issuer: "https://issuer.ailab.com",
      audience: "https://broker.ailab.com",
      jwksUri: "https://issuer.ailab.com/jwks",
      maximumLifetimeSeconds: 600,
    },
  ],
  acceptBearer: true,
  audit: { file: "/var/log/audit.jsonl" },
};

const sources = [
  source,
  { kind: "azure-managed-identity", resource: "api://app", clientId },
  { kind: "github-actions", audience: "https://broker.ailab.com" },
  { kind: "file", file: "/token", jsonField: "access_token", subjectTokenType: "id_token" },
  { kind: "url", url: "https://token.ailab.com/", headers: { "X-A": "b" }, jsonField: "t", subjectTokenType: "saml2" },
  { kind: "aws", region: "eu-central-1" },
  { kind: "google-metadata", audience: "https://iam.googleapis.com/x" },
  { kind: "executable", command: ["/usr/bin/token", "--now"], timeoutSeconds: 5, environment: ["HOME"] },
];
const documents = sources.map((each) => ({ ...whole, source: each }));

type Path = readonly (string | number)[];

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  const own = path.length === 0 ? [] : [path];
  return own.concat(
    Object.entries(value).flatMap(([key, inner]) =>
      pathsOf(inner, [...path, Array.isArray(value) ? Number(key) : key]),
    ),
  );
}

function withValue(document: unknown, [step, ...rest]: Path, value: unknown): unknown {
  if (step === undefined) return value;
  if (Array.isArray(document)) {
    return document.map((item, index) => (index === step ? withValue(item, rest, value) : item));
  }
  const object: Record<string, unknown> = { ...(typeof document === "object" ? document : {}) };
  object[step] = withValue(object[step], rest, value);
  return object;
}

function problemsOf(document: unknown): readonly string[] {
  try {
    readConfiguration(tokenBrokerConfigSchema, { KEYLESS_CONFIG: JSON.stringify(document) });
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

const place = (path: Path) =>
  `KEYLESS_CONFIG${path.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("")}`;

/** Problems may name the field, or the section that it stands in, but no other place. */
function expectNamed(problems: readonly string[], path: Path): void {
  expect(problems).not.toEqual([]);
  const places = path.map((_, index) => place(path.slice(0, index + 1)));
  expect(problems.some((problem) => places.some((each) => problem.startsWith(each)))).toBe(true);
}

/** What a broker can do without, each for itself. */
const optional = new Set([
  ...["listener.trustDomains", "listener.limits", "admin", "admin.host", "acceptBearer", "audit"],
  ...["connections", "headerBytes", "handshakeSeconds", "requestSeconds", "idleSeconds"].map(
    (limit) => `listener.limits.${limit}`,
  ),
  ...["scopes", "idTokenAudiences", "quotaProject", "approval.validSeconds"].map(
    (field) => `policy.clients.0.grants.0.${field}`,
  ),
  ...["grantTypes", "brokerToken", "brokerToken.lifetimeSeconds", "brokerToken.certificateBound"].map(
    (field) => `policy.clients.0.${field}`,
  ),
  "tokenIssuers.0.maximumLifetimeSeconds",
]);
const optionalInSources: Readonly<Record<string, readonly string[]>> = {
  "azure-managed-identity": ["clientId"],
  file: ["jsonField", "subjectTokenType"],
  url: ["headers", "headers.X-A", "jsonField", "subjectTokenType"],
  aws: ["region"],
  "google-metadata": ["audience"],
  executable: ["timeoutSeconds", "environment"],
};
/** Without these, it is another place that has become wrong: who approves nothing and has no grant, or needs an issuer. */
const neededElsewhere = new Set(["issuer", "policy.clients.0.grants.0.approval", "policy.clients.3.brokerToken"]);
/** Any text will do. */
const free = new Set(["source.headers", "source.headers.X-A", "source.command.1"]);

interface Case {
  readonly path: Path;
  readonly dotted: string;
  readonly document: (typeof documents)[number];
}

const cases = documents.flatMap((document) =>
  pathsOf(document)
    .filter((path) => document.source === source || path[0] === "source")
    .map((path): [string, Case] => [
      `${document.source.kind}: ${path.join(".")}`,
      { path, dotted: path.join("."), document },
    ]),
);

describe("a configuration that uses every field", () => {
  it.each(sources.map((each): [string, unknown] => [each.kind, each]))("is accepted with the source %s", (_, each) => {
    expect(problemsOf({ ...whole, source: each })).toEqual([]);
  });

  it.each(cases)("is refused by name with a wrong value at %s", (_, { path, dotted, document }) => {
    for (const wrong of [null, { hunter2: "hunter2" }, "", -1.5, [[]]]) {
      if (free.has(dotted) && (typeof wrong === "string" || dotted === "source.headers")) continue;
      const problems = problemsOf(withValue(document, path, wrong));
      expectNamed(problems, path);
      expect(problems.join().replace("unknown field hunter2", "")).not.toContain("hunter2");
    }
  });

  const fields = cases.filter(([, { path }]) => typeof path.at(-1) === "string");

  it.each(fields)("is refused by name, or can do, without %s", (_, { path, dotted, document }) => {
    const problems = problemsOf(withValue(document, path, undefined));
    const inSource = path[0] === "source" && optionalInSources[document.source.kind]?.includes(path.slice(1).join("."));
    if (optional.has(dotted) || inSource) expect(problems).toEqual([]);
    else if (neededElsewhere.has(dotted)) expect(problems).not.toEqual([]);
    else expectNamed(problems, path);
  });
});
