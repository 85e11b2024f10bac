import { ComputeBackendService } from "@cdktf/provider-google/lib/compute-backend-service";
import { Fn, TerraformStack, TerraformVariable, Testing, Token } from "cdktf";
import { PurposeServiceAccount } from "../access/purpose-service-account";
import { PropertyError } from "../federation/property-error";
import { CloudRunHandler, type CloudRunHandlerProps } from "./cloud-run-handler";
import { exampleImage } from "./example-props";
import { handlerConfigJson } from "./handler-config-json";
import { blockOf, blocksOf, reference, synthesize } from "./synthesized";

const handler = (changes: Partial<CloudRunHandlerProps> = {}) =>
  synthesize((stack) => {
    const account = new PurposeServiceAccount(stack, "account", {
      accountId: "token-broker",
      purpose: "Token broker",
      projectId: "example-dev",
    });
    new CloudRunHandler(stack, "handler", {
      name: "token-broker",
      projectId: "example-dev",
      projectNumber: "710000000001",
      region: "europe-west4",
      image: exampleImage,
      config: {},
      account,
      invokers: ["serviceAccount:caller@example-dev.iam.gserviceaccount.com"],
      ...changes,
    });
  });
const grants = [{ fqn: "google_secret_manager_secret_iam_member.key" }];
const key = { secret: "entra-key", mountPath: "/secrets/key", fileName: "key.pem" };
const certificate = { secret: "entra-certificate", mountPath: "/secrets/certificate", fileName: "chain.pem" };

describe("a handler on Cloud Run", () => {
  const service = handler().only("google_cloud_run_v2_service");
  const template = blockOf(service, "template");
  const container = blocksOf(template, "containers")[0] ?? {};

  it("is reachable through a load balancer only, and by its invokers only", () => {
    expect(service["ingress"]).toBe("INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER");
    expect(service["invoker_iam_disabled"]).toBe(false);
    expect(handler().only("google_cloud_run_v2_service_iam_member")).toMatchObject({
      role: "roles/run.invoker",
      member: "serviceAccount:caller@example-dev.iam.gserviceaccount.com",
      name: expect.stringMatching(/^\$\{google_cloud_run_v2_service\.[\w-]+\.name\}$/),
    });
  });

  it("runs the image of a digest, as its own account, in the second generation", () => {
    expect(container["image"]).toBe(exampleImage);
    expect(template["service_account"]).toMatch(/^\$\{google_service_account\.[\w-]+\.email\}$/);
    expect(template["execution_environment"]).toBe("EXECUTION_ENVIRONMENT_GEN2");
    expect(template["max_instance_request_concurrency"]).toBe(80);
  });

  it("is probed at start and while it runs, with probes that end before the next begins", () => {
    for (const name of ["startup_probe", "liveness_probe"]) {
      const probe = blockOf(container, name);
      expect(blockOf(probe, "http_get")).toEqual({ path: "/healthz", port: 8080 });
      expect(Number(probe["timeout_seconds"])).toBeLessThanOrEqual(Number(probe["period_seconds"]));
    }
  });

  it("gives back its CPU between requests", () => {
    expect(blockOf(container, "resources")["cpu_idle"]).toBe(true);
  });

  it("uses no argument that Terraform's provider 6.50 does not know", () => {
    const text = JSON.stringify(service);
    for (const argument of ["iap_enabled", "default_uri_disabled", "readiness_probe"])
      expect(text).not.toContain(argument);
  });

  it("has no invoker binding behind the machine front, where no identity arrives", () => {
    const json = handler({ invokers: "machine-front" });
    expect(json.only("google_cloud_run_v2_service")["invoker_iam_disabled"]).toBe(true);
    expect(json.ofType("google_cloud_run_v2_service_iam_member")).toEqual([]);
    expect(json.only("google_cloud_run_v2_service")["ingress"]).toBe("INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER");
  });

  it("reads each secret as a file, after the rights to read it are there", () => {
    const json = handler({ secretFiles: [key, { ...certificate, version: "3" }], dependsOn: grants });
    const mounted = json.only("google_cloud_run_v2_service");
    const volumes = blocksOf(blockOf(mounted, "template"), "volumes");
    expect(volumes.map((volume) => [volume["name"], blockOf(volume, "secret")])).toEqual([
      ["secret-1", { secret: "entra-key", items: [{ path: "key.pem", version: "latest" }] }],
      ["secret-2", { secret: "entra-certificate", items: [{ path: "chain.pem", version: "3" }] }],
    ]);
    const [mountingContainer] = blocksOf(blockOf(mounted, "template"), "containers");
    expect(blocksOf(mountingContainer ?? {}, "volume_mounts")).toEqual([
      { name: "secret-1", mount_path: "/secrets/key" },
      { name: "secret-2", mount_path: "/secrets/certificate" },
    ]);
    expect(mounted["depends_on"]).toEqual(["google_secret_manager_secret_iam_member.key"]);
  });

  it("knows its own address on Cloud Run", () => {
    const stack = new TerraformStack(Testing.app(), "test");
    const account = new PurposeServiceAccount(stack, "account", {
      accountId: "one-two",
      purpose: "x",
      projectId: "example-dev",
    });
    const { address, serviceName } = new CloudRunHandler(stack, "handler", {
      name: "one",
      projectId: "example-dev",
      projectNumber: "42",
      region: "europe-west4",
      image: exampleImage,
      config: {},
      account,
      invokers: "machine-front",
    });
    expect([serviceName, address]).toEqual(["one", "https://one-42.europe-west4.run.app"]);
  });

  it.each<[string, string, Partial<CloudRunHandlerProps>]>([
    ["an image by tag", "image", { image: "registry.example/app:1" }],
    ["a digest that is too short", "image", { image: "registry.example/app@sha256:abc" }],
    ["everyone as invoker", "invokers", { invokers: ["allUsers"] }],
    ["all Google accounts as invoker", "invokers", { invokers: ["allAuthenticatedUsers"] }],
    ["a federated principal as invoker", "invokers", { invokers: ["principal://iam.googleapis.com/x/subject/y"] }],
    ["no invoker", "invokers", { invokers: [] }],
    ["a name of 50 characters", "name", { name: "a".repeat(50) }],
    ["secret files without the rights to read them", "dependsOn", { secretFiles: [key] }],
    [
      "two secrets in one directory",
      "secretFiles.mountPath",
      { secretFiles: [key, { ...certificate, mountPath: key.mountPath }], dependsOn: grants },
    ],
    [
      "a secret over /proc",
      "secretFiles.mountPath",
      { secretFiles: [{ ...key, mountPath: "/proc/x" }], dependsOn: grants },
    ],
    [
      "a directory that climbs",
      "secretFiles.mountPath",
      { secretFiles: [{ ...key, mountPath: "/a/../b" }], dependsOn: grants },
    ],
    [
      "a file name with a directory",
      "secretFiles.fileName",
      { secretFiles: [{ ...key, fileName: "../key" }], dependsOn: grants },
    ],
    ["version 0", "secretFiles.version", { secretFiles: [{ ...key, version: "0" }], dependsOn: grants }],
  ])("refuses %s, naming %s", (_, property, changes) => {
    let refusal: unknown;
    try {
      handler(changes);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(PropertyError);
    expect(refusal).toMatchObject({ property, constructPath: "test/handler" });
  });
});

describe("the configuration of a handler", () => {
  const stack = new TerraformStack(Testing.app(), "test");
  const variable = new TerraformVariable(stack, "audience", { type: "string" });
  const backend = new ComputeBackendService(stack, "backend", { name: "backend" });

  it("is JSON with Terraform's references inside its strings", () => {
    const json = synthesize((target) => {
      const image = new TerraformVariable(target, "audience", { type: "string" });
      new ComputeBackendService(target, "holder", {
        name: handlerConfigJson(target, {
          list: [`//x/${image.stringValue}/y`],
          on: true,
          off: null,
          count: 3,
          text: 'a "b" \\ \n',
        }),
      });
    });
    const text = String(json.only("google_compute_backend_service")["name"]);
    expect(JSON.parse(text)).toEqual({
      list: [`//x/${reference("var.audience")}/y`],
      on: true,
      off: null,
      count: 3,
      text: 'a "b" \\ \n',
    });
  });

  it.each<[string, string, unknown]>([
    ["a literal reference", "config.x", reference("var.audience")],
    ["a template directive", "config.x", "%{ if true }"],
    ["an escaped reference", "config.x", `$${reference("var.audience")}`],
    ["a number token", "config.x", backend.generatedId],
    ["a list token", "config.x", Token.asList(Fn.split(",", variable.stringValue))],
    ["a function", "config.x", () => "x"],
    ["NaN", "config.x", Number.NaN],
    ["a date", "config.x", new Date(0)],
    ["undefined in a list", "config.x[0]", [undefined]],
    ["a literal reference in a key", "config.x, a key", { [reference("a")]: 1 }],
  ])("refuses %s", (_, property, x) => {
    let refusal: unknown;
    try {
      handlerConfigJson(stack, { x });
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(PropertyError);
    expect(refusal).toMatchObject({ property });
  });
});
