import fc from "fast-check";
import { ConfigurationError, readConfiguration } from "../../runtime";
import { audience, batchAccount, clientId, grantOf, reportAccount, scope, tenantId } from "../testing/broker-fixture";
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
      { name: "report server", match: { dnsName: "reports.ailab.com" }, grants: [grantOf(reportAccount)] },
      { name: "scanner", match: { sha256Fingerprint: "0".repeat(64) }, grants: [grantOf(batchAccount)] },
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
    { issuer: "https://other.ailab.com", audience: "https://broker.ailab.com", jwksFile: "/jwks.json" },
  ],
  acceptBearer: true,
  audit: { file: "/var/log/audit.jsonl" },
};

const { pkcs12File, passwordFile, ...application } = source;
const sources = [
  source,
  { ...application, certificateFile: "/secrets/entra.pem", keyFile: "/secrets/key.pem", passwordFile },
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

/** One problem names the field, something in it, or the section that it stands in; all say in the broker's own words what was expected. */
function expectNamed(problems: readonly string[], path: Path): void {
  const places = path.map((_, index) => place(path.slice(0, index + 1)));
  const isInside = (problem: string) => [": ", ".", "["].some((next) => problem.startsWith(place(path) + next));
  const named = problems.filter((each) => isInside(each) || places.some((section) => each.startsWith(`${section}: `)));
  expect({ problems, named: named.length > 0 }).toEqual({ problems, named: true });
  for (const problem of problems) expect(problem).toMatch(/: (expected|missing, expected|unknown field) \S/);
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
  // Of a key that is not encrypted.
  "entra-client-assertion": ["passwordFile"],
  "azure-managed-identity": ["clientId"],
  file: ["jsonField", "subjectTokenType"],
  url: ["headers", "headers.X-A", "jsonField", "subjectTokenType"],
  aws: ["region"],
  "google-metadata": ["audience"],
  executable: ["timeoutSeconds", "environment"],
};
/** Without these, it is another place that has become wrong: who approves nothing and has no grant, or needs an issuer. */
const neededElsewhere = new Set(["issuer", "policy.clients.0.grants.0.approval", "policy.clients.3.brokerToken"]);
/** One of two will do: what names the other names this as well. */
const alternatives = new Set([
  ...["pkcs12File", "certificateFile", "keyFile"].map((field) => `source.${field}`),
  ...["policy.clients.2.grants.0.idTokenAudiences", "policy.clients.4.grants.0.scopes"],
  "policy.clients.5.grants.0.scopes",
]);
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
    const inSource =
      path[0] === "source" &&
      document.source !== source &&
      optionalInSources[document.source.kind]?.includes(path.slice(1).join("."));
    if (optional.has(dotted) || inSource) expect(problems).toEqual([]);
    else if (neededElsewhere.has(dotted)) expect(problems).not.toEqual([]);
    else if (alternatives.has(dotted)) expect(problems.join()).toContain(String(path.at(-1)));
    else expectNamed(problems, path);
  });

  it("is refused in the broker's own words, whatever is wrong in it and however much", () => {
    const wrong = fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constant(undefined), fc.constantFrom(...documents));
    const change = fc.tuple(fc.constantFrom(...cases.map(([, { path }]) => path)), wrong);
    fc.assert(
      fc.property(
        fc.constantFrom(...documents),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        (document, changes) => {
          const changed = changes.reduce<unknown>(
            (current, [path, value]) => withValue(current, path, value),
            document,
          );
          for (const problem of problemsOf(changed)) {
            expect(problem).toMatch(/^KEYLESS_CONFIG.*?: (expected|missing, expected|unknown field) \S/);
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it("is refused as no configuration, whatever text stands in its place", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(() => readConfiguration(tokenBrokerConfigSchema, { KEYLESS_CONFIG: text })).toThrow(ConfigurationError);
      }),
      { numRuns: 300 },
    );
  });
});
