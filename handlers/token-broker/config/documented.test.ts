import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { tokenBrokerConfigSchema } from ".";

const docs = readFileSync(join(__dirname, "../../../docs/broker.md"), "utf8");
const [, section = ""] = docs.split("\n## Configuration\n");
const [, block = ""] = /^```json\n(.*?)^```/ms.exec(section) ?? [];

describe("the configuration in docs/broker.md", () => {
  const whole = z.record(z.string(), z.unknown()).parse(JSON.parse(block));

  it("is one that the broker takes, and has every part of one", () => {
    const config = tokenBrokerConfigSchema.parse(whole);
    expect(Object.keys(config).sort()).toEqual(Object.keys(tokenBrokerConfigSchema.shape).sort());
  });

  it("can lack what it says may be left out, which is then as written", () => {
    const written = tokenBrokerConfigSchema.parse(whole);
    const optional = ["limits", "trustDomains", "grantTypes", "validSeconds"];
    const { admin, issuer, tokenIssuers, acceptBearer, audit, ...needed } = JSON.parse(block, (name, value) =>
      optional.includes(name) ? undefined : value,
    );
    for (const client of needed.policy.clients) delete client.brokerToken;
    const short = tokenBrokerConfigSchema.parse(needed);
    const limitsOf = ({ listener }: typeof written) => listener.kind === "mutual-tls" && listener.limits;
    expect(limitsOf(short)).toEqual(limitsOf(written));
    const [client, documented] = [short, written].map(({ policy }) => policy.clients[0]);
    expect(client?.grantTypes).toEqual(documented?.grantTypes);
    expect(client?.grants[0]?.approval).toEqual(documented?.grants[0]?.approval);
    expect(short.acceptBearer).toBe(written.acceptBearer);
  });
});
