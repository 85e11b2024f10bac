import { createRemoteJWKSet, jwtVerify } from "jose";
import { z } from "zod";
import { createGitLabIssuer } from "./gitlab";
import { Issuer, IssuerRegistry } from "./issuer";
import { IssuersOnDemand } from "./issuers-on-demand";
import { createKubernetesIssuer } from "./kubernetes";
import { createOidcIssuer, type OidcIssuer } from "./oidc-issuer";
import { createSpiffeIssuer } from "./spiffe";
import { serveHost } from "./testing/serve-host";

const metadata = z.looseObject({ issuer: z.string(), jwks_uri: z.string() });

describe("an issuer of workloads' tokens", () => {
  it.each<[string, OidcIssuer]>([
    ["GitLab", createGitLabIssuer()],
    ["a self-managed GitLab", createGitLabIssuer("https://gitlab.ailab.com")],
    ["a cluster", createKubernetesIssuer("https://kubernetes.ailab.com")],
    ["SPIFFE", createSpiffeIssuer("https://spiffe.ailab.com")],
    ["an issuer below a path", createOidcIssuer("https://builds.ailab.com/tenants/7")],
  ])(
    "%s publishes the keys that its tokens verify with, where its own path says",
    async (_, { issuer, host, tokenFor }) => {
      const served = await serveHost(host);
      try {
        const path = new URL(issuer.issuer).pathname.replace(/\/$/, "");
        const discovery = await fetch(`${served.origin}${path}/.well-known/openid-configuration`);
        const { issuer: stated, jwks_uri: keys } = metadata.parse(await discovery.json());
        expect(stated).toBe(issuer.issuer);
        const jwks = createRemoteJWKSet(new URL(new URL(keys).pathname, served.origin));
        const { payload } = await jwtVerify(await tokenFor({ sub: "a" }, "audience"), jwks);
        expect(payload).toMatchObject({ iss: issuer.issuer, sub: "a", aud: "audience" });
      } finally {
        await served.close();
      }
    },
  );

  it("is made on demand once, and never in place of one that is there", () => {
    const registry = new IssuerRegistry();
    registry.add(new Issuer("https://gitlab.com"));
    const published: string[] = [];
    const issuers = new IssuersOnDemand(registry, ({ hostname }) => published.push(hostname));
    const cluster = issuers.of("https://kubernetes.ailab.com");
    expect(issuers.of("https://kubernetes.ailab.com/")).toBe(cluster);
    expect(registry.find("https://kubernetes.ailab.com")).toBe(cluster.issuer);
    expect(published).toEqual(["kubernetes.ailab.com"]);
    expect(() => issuers.of("https://gitlab.com")).toThrow(/of the twin's own/);
  });
});
