import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { ConfigurationError, readConfiguration, readEndpoints, readListenAddress } from "./configuration";

const schema = z.strictObject({
  audience: z.string().startsWith("//", "expected a full resource name"),
  clients: z.array(z.strictObject({ name: z.string(), lifetimeSeconds: z.int() })),
  mode: z.enum(["front", "mutual-tls"]).optional(),
});

function problemsOf(action: () => unknown): readonly string[] {
  try {
    action();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  throw new Error("expected a ConfigurationError");
}

const problemsWith = (document: unknown) =>
  problemsOf(() => readConfiguration(schema, { KEYLESS_CONFIG: JSON.stringify(document) }));

describe("readConfiguration", () => {
  it("returns the document in the schema's form", () => {
    const document = { audience: "//a", clients: [{ name: "n", lifetimeSeconds: 60 }] };
    expect(readConfiguration(schema, { KEYLESS_CONFIG: JSON.stringify(document) })).toEqual(document);
  });

  it("says that the variable is missing", () => {
    expect(problemsOf(() => readConfiguration(schema, {}))).toEqual([
      "KEYLESS_CONFIG: missing, expected a JSON document",
    ]);
  });

  it("names every wrong field on a line of its own, with the form that was expected", () => {
    expect(
      problemsWith({ audience: "x", clients: [{ name: "n" }, { name: 3, lifetimeSeconds: 1.5 }], mode: "m" }),
    ).toEqual([
      "KEYLESS_CONFIG.audience: expected a full resource name",
      "KEYLESS_CONFIG.clients[0].lifetimeSeconds: missing, expected number",
      "KEYLESS_CONFIG.clients[1].name: expected string",
      "KEYLESS_CONFIG.clients[1].lifetimeSeconds: expected int",
      'KEYLESS_CONFIG.mode: expected "front" or "mutual-tls"',
    ]);
  });

  it("puts the name of an unusual field in quotes, so that a problem is one line", () => {
    expect(problemsWith({ audience: "//a", clients: [], "": 1, "a\nb": 2 })).toEqual([
      'KEYLESS_CONFIG: unknown field "", "a\\nb"',
    ]);
  });

  it("names a field that stands twice, and where a text stops being JSON", () => {
    const problemsIn = (text: string) => problemsOf(() => readConfiguration(schema, { KEYLESS_CONFIG: text }));
    expect(problemsIn('{"audience":"//a","clients":[{"name":"a","lifetimeSeconds":60,"lifetimeSeconds":1}]}')).toEqual([
      "KEYLESS_CONFIG.clients[0].lifetimeSeconds: stands twice, expected once",
    ]);
    expect(problemsIn('{\n  "audience": "//a",\n}')).toEqual([
      "KEYLESS_CONFIG: expected a JSON document, the text is not valid JSON from line 3, column 1 on",
    ]);
  });

  it("names unknown fields, which may be misspelt ones", () => {
    expect(problemsWith({ audience: "//a", clients: [], audiance: "//b" })).toEqual([
      "KEYLESS_CONFIG: unknown field audiance",
    ]);
  });

  it("never quotes a value, neither of a field nor of a text that is no JSON", () => {
    const secret = "hunter2-hunter2";
    const wrongField = problemsWith({ audience: secret, clients: secret, mode: secret });
    const noJson = problemsOf(() => readConfiguration(schema, { KEYLESS_CONFIG: `{"audience": ${secret}` }));
    expect([...wrongField, ...noJson].join("\n")).not.toContain("hunter2");
    expect(noJson).toEqual(["KEYLESS_CONFIG: expected a JSON document, the text is not valid JSON"]);
  });
});

describe("readConfiguration, from a file", () => {
  const folder = mkdtempSync(join(tmpdir(), "configuration-"));
  const file = join(folder, "broker.json");
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("reads the file that the variable names", () => {
    const document = { audience: "//a", clients: [] };
    writeFileSync(file, JSON.stringify(document));
    expect(readConfiguration(schema, { KEYLESS_CONFIG_FILE: file, KEYLESS_CONFIG: "" })).toEqual(document);
  });

  it("names the variable and the field, and neither path nor content", () => {
    writeFileSync(file, '{"audience":"hunter2","clients":[]}');
    expect(problemsOf(() => readConfiguration(schema, { KEYLESS_CONFIG_FILE: file }))).toEqual([
      "KEYLESS_CONFIG_FILE.audience: expected a full resource name",
    ]);
    expect(problemsOf(() => readConfiguration(schema, { KEYLESS_CONFIG_FILE: `${file}.absent` }))).toEqual([
      "KEYLESS_CONFIG_FILE: cannot read the file (ENOENT)",
    ]);
  });

  it("refuses two configurations, of which one would be passed over", () => {
    expect(problemsOf(() => readConfiguration(schema, { KEYLESS_CONFIG_FILE: file, KEYLESS_CONFIG: "{}" }))).toEqual([
      "KEYLESS_CONFIG_FILE: expected either this or KEYLESS_CONFIG, not both",
    ]);
  });
});

describe("readEndpoints", () => {
  it("gives the real addresses when nothing is set", () => {
    expect(readEndpoints({})).toEqual({
      entra: "https://login.microsoftonline.com",
      securityTokenService: "https://sts.googleapis.com",
      iamCredentials: "https://iamcredentials.googleapis.com",
      iapJwks: "https://www.gstatic.com/iap/verify/public_key-jwk",
      microsoftGraph: "https://graph.microsoft.com",
      azureMetadata: "http://169.254.169.254",
      awsMetadata: "http://169.254.169.254",
      awsContainer: "http://169.254.170.2",
      googleMetadata: "http://metadata.google.internal",
    });
  });

  it("replaces those that are named", () => {
    const endpoints = readEndpoints({ KEYLESS_ENDPOINTS: '{"entra":"https://login.localhost:8443"}' });
    expect(endpoints.entra).toBe("https://login.localhost:8443");
    expect(endpoints.iamCredentials).toBe("https://iamcredentials.googleapis.com");
  });

  it.each([
    ["plain HTTP beyond the loopback interface", "http://sts.example.com"],
    ["plain HTTP to a name that only begins like loopback", "http://127.0.0.1.example.com"],
    ["a trailing slash", "https://sts.example.com/"],
    ["a path", "https://sts.example.com/v1"],
    ["a user", "https://user:password@sts.example.com"],
    ["another scheme", "file:///etc/passwd"],
    ["no URL", "sts.example.com"],
  ])("refuses %s", (_, value) => {
    const problems = problemsOf(() =>
      readEndpoints({ KEYLESS_ENDPOINTS: JSON.stringify({ securityTokenService: value }) }),
    );
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^KEYLESS_ENDPOINTS\.securityTokenService: expected an (https URL|origin)/);
  });

  it.each([
    "http://127.0.0.1:3000",
    "http://localhost:3000",
    "http://sts.googleapis.com.localhost:3000",
    "http://[::1]:3000",
  ])("takes %s, which does not leave the machine", (value) => {
    expect(readEndpoints({ KEYLESS_ENDPOINTS: JSON.stringify({ entra: value }) }).entra).toBe(value);
  });

  it.each([
    "https://keys.example.com/iap",
    "https://www.gstatic.com.example.com/keys",
    "https://127.0.0.1.example.com/",
  ])("believes no keys from %s in place of IAP's", (iapJwks) => {
    const [problem, ...more] = problemsOf(() => readEndpoints({ KEYLESS_ENDPOINTS: JSON.stringify({ iapJwks }) }));
    expect(problem).toMatch(/^KEYLESS_ENDPOINTS\.iapJwks: expected an address on loopback/);
    expect(more).toEqual([]);
  });

  it.each(["https://www.gstatic.com.localhost:8443/keys", "http://127.0.0.1:3000/keys"])(
    "takes keys from %s, where only the machine itself answers",
    (iapJwks) => {
      expect(readEndpoints({ KEYLESS_ENDPOINTS: JSON.stringify({ iapJwks }) }).iapJwks).toBe(iapJwks);
    },
  );

  it("refuses an endpoint that it does not know", () => {
    expect(problemsOf(() => readEndpoints({ KEYLESS_ENDPOINTS: '{"sts":"https://x.example"}' }))).toEqual([
      "KEYLESS_ENDPOINTS: unknown field sts",
    ]);
  });
});

describe("readListenAddress", () => {
  it("is Cloud Run's default when nothing is set", () => {
    expect(readListenAddress({})).toEqual({ port: 8080, host: "0.0.0.0" });
  });

  it("takes PORT and HOST", () => {
    expect(readListenAddress({ PORT: "0", HOST: "127.0.0.1" })).toEqual({ port: 0, host: "127.0.0.1" });
  });

  it.each(["http", "-1", "65536", "80 ", ""])("refuses the port %j", (PORT) => {
    expect(problemsOf(() => readListenAddress({ PORT }))).toEqual(["PORT: expected a port number from 0 to 65535"]);
  });
});
