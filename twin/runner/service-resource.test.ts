import { echoService } from "./fixtures/echo-service";
import { InvalidServiceError, readService } from "./service-resource";

const digest = "a".repeat(64);

describe("a google_cloud_run_v2_service", () => {
  it("is read alike whether its blocks are written as objects or as lists", () => {
    const resource = echoService(digest);
    const asList = { ...resource, values: { ...resource.values, template: [resource.values.template ?? null] } };
    expect(readService(asList)).toEqual(readService(echoService(digest)));
  });

  it("gets Cloud Run's defaults for what it leaves out, whether absent or null", () => {
    const bare = echoService(digest, {
      service: { ingress: null, latest_ready_revision: null },
      template: { volumes: null, scaling: null },
      container: { ports: null, startup_probe: null, volume_mounts: null },
    });
    expect(readService(bare)).toMatchObject({
      ingress: "all",
      invokerIamDisabled: false,
      revision: "echo-00001",
      port: 8080,
      minimumInstances: 0,
      requestTimeout: 300_000,
      startupProbe: { port: 8080, deadline: 240_000 },
      secretMounts: [],
    });
  });

  it("names a secret's file after the secret where no items are listed", () => {
    const volumes = [{ name: "secret-1", secret: [{ secret: "entra-key" }] }];
    expect(readService(echoService(digest, { template: { volumes } })).secretMounts).toEqual([
      { secret: "entra-key", mountPath: "/secrets/entra", file: "entra-key" },
    ]);
  });

  it("takes variables from secrets", () => {
    const env = [{ name: "KEY", value_source: { secret_key_ref: { secret: "projects/1/secrets/k", version: "1" } } }];
    expect(readService(echoService(digest, { container: { env } })).environment).toEqual([
      { name: "KEY", secret: "k" },
    ]);
  });

  it.each<[string, Parameters<typeof echoService>[1], string]>([
    [
      "a file outside its mount",
      { template: { volumes: [{ name: "secret-1", secret: { secret: "s", items: [{ path: "../key" }] } }] } },
      "expected a relative path",
    ],
    [
      "an absolute file",
      { template: { volumes: [{ name: "secret-1", secret: { secret: "s", items: [{ path: "/etc/key" }] } }] } },
      "expected a relative path",
    ],
    [
      "a secret that is no secret's name",
      { template: { volumes: [{ name: "secret-1", secret: { secret: "../s" } }] } },
      "expected a secret",
    ],
    [
      "a volume of another kind",
      { template: { volumes: [{ name: "secret-1", empty_dir: {} }] } },
      'expected a secret volume "secret-1"',
    ],
    [
      "two containers",
      { template: { containers: [{ image: "a" }, { image: "b" }] } },
      "expected exactly one container",
    ],
    ["an unknown ingress", { service: { ingress: "ALL" } }, "ingress"],
    ["no template", { service: { template: null } }, "template: expected a block"],
  ])("is refused with %s", (_what, change, message) => {
    expect(() => readService(echoService(digest, change))).toThrow(InvalidServiceError);
    expect(() => readService(echoService(digest, change))).toThrow(message);
  });
});
