import { ConfigurationError } from "../runtime";
import { tokenBrokerConfigSchema } from "./config";
import { readPolicy } from "./policy-file";
import { audience, clientId, policy, scope, tenantId } from "./testing/broker-fixture";
import { temporaryFolder } from "./testing/certificates";

const folder = temporaryFolder();
afterAll(() => folder.remove());

const document = {
  listener: { kind: "front" },
  admin: { port: 9090 },
  source: { kind: "entra-client-assertion", tenantId, clientId, scope, certificateFile: "/c", keyFile: "/k" },
  exchange: { audience },
  policy,
};
const running = tokenBrokerConfigSchema.parse(document);
const read = (changes: Readonly<Record<string, unknown>>) =>
  readPolicy(folder.write("broker.json", JSON.stringify({ ...document, ...changes })), running);

function problemsOf(changes: Readonly<Record<string, unknown>>): readonly string[] {
  try {
    read(changes);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe("readPolicy", () => {
  it("takes another policy", () => {
    expect(read({ policy: { clients: policy.clients.slice(0, 1) } }).clients).toHaveLength(1);
  });

  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    ["another listener", { admin: { port: 9091 } }, "admin"],
    ["one section more", { audit: { file: "/a" } }, "audit"],
    ["one section less", { admin: undefined }, "admin"],
    ["another provider", { exchange: { audience: audience.replace("entra-dev", "entra-prod") } }, "exchange"],
  ])("refuses %s, which takes a restart", (_, changes, name) => {
    expect(problemsOf(changes)).toEqual([
      `KEYLESS_CONFIG_FILE.${name}: differs; restart the broker to change more than the policy`,
    ]);
  });

  it("refuses a policy that is not good", () => {
    expect(problemsOf({ policy: { clients: [{ name: "x" }] } })).toContainEqual(
      expect.stringContaining("KEYLESS_CONFIG_FILE.policy.clients[0].match"),
    );
  });
});
