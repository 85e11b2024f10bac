import { ConfigurationError, readConfiguration } from "../../runtime";
import { audience, batchAccount, clientId, policy, scope, tenantId } from "../testing/broker-fixture";
import { tokenBrokerConfigSchema } from ".";
import { sourceKinds } from "./source";

const grant = policy.clients[0]?.grants[0];
const client = policy.clients[0];
const valid = {
  listener: { kind: "front" },
  source: {
    kind: "entra-client-assertion",
    tenantId,
    clientId,
    scope,
    certificateFile: "/secrets/certificate.pem",
    keyFile: "/secrets/key.pem",
  },
  exchange: { audience },
  policy,
};

type Path = readonly (string | number)[];

/** A copy of the document with another value at the path; undefined removes it. */
function withValue(document: unknown, path: Path, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (Array.isArray(document))
    return document.map((item, index) => (index === step ? withValue(item, rest, value) : item));
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

const mutualTls = { kind: "mutual-tls", certificateFile: "/c.pem", keyFile: "/k.pem", clientCaFile: "/ca.pem" };
const withMutualTls = { ...valid, listener: mutualTls };
const firstClient = ["policy", "clients", 0] as const;
const firstGrant = [...firstClient, "grants", 0] as const;

describe("tokenBrokerConfigSchema", () => {
  it.each([
    ["behind the front", valid],
    ["with mutual TLS", withMutualTls],
    ["with nobody in the policy", { ...valid, policy: { clients: [] } }],
  ])("takes a broker %s", (_, document) => {
    expect(problemsOf(document)).toEqual([]);
  });

  it.each<[Path]>([
    [["listener"]],
    [["listener", "kind"]],
    [["source"]],
    [["source", "kind"]],
    [["source", "tenantId"]],
    [["source", "clientId"]],
    [["source", "scope"]],
    [["source", "certificateFile"]],
    [["source", "keyFile"]],
    [["exchange"]],
    [["exchange", "audience"]],
    [["policy"]],
    [["policy", "clients"]],
    [[...firstClient, "name"]],
    [[...firstClient, "match"]],
    [[...firstClient, "grants"]],
    [[...firstGrant, "account"]],
    [[...firstGrant, "scopes"]],
    [[...firstGrant, "lifetimeSeconds"]],
  ])("names the field when %j is missing", (path) => {
    const place = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("");
    const problems = problemsOf(withValue(valid, path, undefined));
    expect(problems.some((problem) => problem.startsWith(`KEYLESS_CONFIG${place}: `))).toBe(true);
  });

  it.each(["certificateFile", "keyFile", "clientCaFile"])(
    "names the field when the listener's %s is missing",
    (field) => {
      expect(problemsOf(withValue(withMutualTls, ["listener", field], undefined))).toEqual([
        `KEYLESS_CONFIG.listener.${field}: missing, expected string`,
      ]);
    },
  );

  it.each<[string, Path, unknown, string]>([
    [
      "an unknown listener",
      ["listener"],
      { kind: "plain" },
      '.listener.kind: expected an object whose kind is "front" or "mutual-tls"',
    ],
    [
      "an unknown source",
      ["source", "kind"],
      "password",
      `.source.kind: expected an object whose kind is ${sourceKinds.map((kind) => `"${kind}"`).join(" or ")}`,
    ],
    ["a tenant by name", ["source", "tenantId"], "common", ".source.tenantId: expected a UUID"],
    ["a client id that is none", ["source", "clientId"], `${clientId}x`, ".source.clientId: expected a UUID"],
    [
      "two scopes",
      ["source", "scope"],
      `${scope} ${scope}`,
      '.source.scope: expected one scope that ends in "/.default"',
    ],
    ["an empty path", ["source", "keyFile"], "", ".source.keyFile: expected a path to a file"],
    [
      "an audience with https:",
      ["exchange", "audience"],
      `https:${audience}`,
      ".exchange.audience: expected //iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER",
    ],
    [
      "an audience that names the pool only",
      ["exchange", "audience"],
      audience.replace(/\/providers.*/, ""),
      ".exchange.audience: expected //iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER",
    ],
    [
      "no match",
      [...firstClient, "match"],
      {},
      ".policy.clients[0].match: expected exactly one of spiffeId, uri, dnsName, subjectDn, sha256Fingerprint, jwt",
    ],
    [
      "two matches",
      [...firstClient, "match"],
      { spiffeId: "spiffe://a/b", dnsName: "a.b" },
      ".policy.clients[0].match: expected exactly one of spiffeId, uri, dnsName, subjectDn, sha256Fingerprint, jwt",
    ],
    [
      "a trust domain as SPIFFE ID",
      [...firstClient, "match"],
      { spiffeId: "spiffe://ailab.com" },
      ".policy.clients[0].match.spiffeId: expected a SPIFFE ID with a path",
    ],
    [
      "a wildcard",
      [...firstClient, "match"],
      { dnsName: "*.ailab.com" },
      ".policy.clients[0].match.dnsName: expected a lower-case DNS name, no wildcard",
    ],
    [
      "a fingerprint with colons",
      [...firstClient, "match"],
      { sha256Fingerprint: "AB:CD" },
      ".policy.clients[0].match.sha256Fingerprint: expected 64 lower-case hexadecimal digits",
    ],
    [
      "a subject as OpenSSL prints it",
      [...firstClient, "match"],
      { subjectDn: "CN = batch, O = ailab" },
      ".policy.clients[0].match.subjectDn: expected a distinguished name as RFC 4514 writes it, such as CN=batch,O=ailab,C=DE: no space beside commas and equals signs",
    ],
    [
      "an account of an odd domain",
      [...firstGrant, "account"],
      "batch-job-dev@..iam.gserviceaccount.com",
      ".policy.clients[0].grants[0].account: expected the e-mail of a service account",
    ],
    ...["Transfer-Encoding", "host", "Proxy-Authorization"].map((name): [string, Path, unknown, string] => [
      `the header ${name}, which is the connection's`,
      ["source"],
      { kind: "url", url: "https://token.ailab.com/", headers: { [name]: "x" } },
      `.source.headers.${name}: expected no header of the connection itself`,
    ]),
    [
      "a header twice",
      ["source"],
      { kind: "url", url: "https://token.ailab.com/", headers: { "X-A": "1", "x-a": "2" } },
      ".source.headers: expected each header once, whatever its case",
    ],
    [
      "a program's argument with NUL",
      ["source"],
      { kind: "executable", command: ["/usr/bin/token", "a\0b"] },
      ".source.command[1]: expected a text without NUL",
    ],
    [
      "a path with NUL",
      ["source"],
      { kind: "file", file: "/run/token\0" },
      ".source.file: expected a path without NUL",
    ],
    ["no grant", [...firstClient, "grants"], [], ".policy.clients[0].grants: expected at least one grant"],
    [
      "an account by its id",
      [...firstGrant, "account"],
      "batch-job-dev",
      ".policy.clients[0].grants[0].account: expected the e-mail of a service account",
    ],
    [
      "an account with a path",
      [...firstGrant, "account"],
      `${batchAccount}/../x`,
      ".policy.clients[0].grants[0].account: expected the e-mail of a service account",
    ],
    ["no scope", [...firstGrant, "scopes"], [], ".policy.clients[0].grants[0].scopes: expected at least one scope"],
    [
      "a short scope",
      [...firstGrant, "scopes"],
      ["bigquery"],
      ".policy.clients[0].grants[0].scopes[0]: expected a scope that begins with https://",
    ],
    [
      "a long lifetime",
      [...firstGrant, "lifetimeSeconds"],
      3601,
      ".policy.clients[0].grants[0].lifetimeSeconds: expected at most 3600 seconds",
    ],
    [
      "a short lifetime",
      [...firstGrant, "lifetimeSeconds"],
      59,
      ".policy.clients[0].grants[0].lifetimeSeconds: expected at least 60 seconds",
    ],
    [
      "half a second",
      [...firstGrant, "lifetimeSeconds"],
      90.5,
      ".policy.clients[0].grants[0].lifetimeSeconds: expected whole seconds",
    ],
    ["a misspelt field", ["polizy"], {}, ": unknown field polizy"],
    [
      "one name twice",
      ["policy", "clients", 1, "name"],
      "batch job",
      ".policy.clients[1].name: expected a name of its own",
    ],
    [
      "one match twice",
      ["policy", "clients", 1, "match"],
      client?.match,
      ".policy.clients[1].match: expected a match of its own",
    ],
    [
      "one account twice",
      [...firstClient, "grants"],
      [grant, grant],
      ".policy.clients[0].grants[1].account: expected each account once for a client",
    ],
  ])("refuses %s", (_, path, value, problem) => {
    expect(problemsOf(withValue(valid, path, value))).toEqual([`KEYLESS_CONFIG${problem}`]);
  });
});
