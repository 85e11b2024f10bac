import { environmentNames, loadEnvironment } from "../../environments/load";
import {
  blockOf,
  blocksOf,
  referencesIn,
  synthesizedEnvironments,
  textOf,
  textsOf,
} from "../support/synthesized-environment";

const workloadPools = "google_iam_workload_identity_pool";
const workloadProviders = "google_iam_workload_identity_pool_provider";
const becoming = "google_service_account_iam_member";

describe.each(synthesizedEnvironments())("the decisions on deployment, in $name", ({ name, environment }) => {
  const input = loadEnvironment(name);

  describe("2. pool, provider and OAuth-client ids carry a generation suffix; prod has prevent_destroy", () => {
    const kept: [type: string, argument: string][] = [
      [workloadPools, "workload_identity_pool_id"],
      [workloadProviders, "workload_identity_pool_provider_id"],
      ["google_iam_workforce_pool", "workforce_pool_id"],
      ["google_iam_workforce_pool_provider", "provider_id"],
      ["google_iam_oauth_client", "oauth_client_id"],
    ];

    it.each(kept)("%s", (type, argument) => {
      const resources = environment.ofType(type);
      expect(resources).not.toHaveLength(0);
      for (const resource of resources) {
        expect(textOf(resource, argument)).toMatch(new RegExp(`-${input.generation}$`));
        const lifecycle = resource["lifecycle"] === undefined ? {} : blockOf(resource, "lifecycle");
        expect(lifecycle["prevent_destroy"] ?? false).toBe(name === "prod");
      }
    });
  });

  describe("6. one deployment converges", () => {
    it("has no cycle of references", () => {
      const resources = environment.resources();
      const done = new Set<string>();
      const visit = (address: string, path: readonly string[]): void => {
        if (done.has(address)) return;
        expect(path).not.toContain(address);
        for (const next of referencesIn(resources.get(address) ?? {}, resources.keys()))
          visit(next, [...path, address]);
        done.add(address);
      };
      for (const address of resources.keys()) visit(address, []);
      expect(done.size).toBe(resources.size);
    });

    it("names the service of an endpoint group as a plain string", () => {
      const groups = environment.ofType("google_compute_region_network_endpoint_group");
      const services = environment.ofType("google_cloud_run_v2_service").map((each) => textOf(each, "name"));
      expect(groups.map((group) => textOf(blockOf(group, "cloud_run"), "service")).sort()).toEqual(
        [...services].sort(),
      );
    });

    it("makes every Google resource wait for its API, once", () => {
      const services = environment.resources("google_project_service");
      for (const [address, resource] of environment.resources()) {
        if (!address.startsWith("google_") || services.has(address)) continue;
        const awaited = textsOf(resource, "depends_on");
        expect(awaited.filter((each) => services.has(each))).not.toHaveLength(0);
        expect(new Set(awaited).size).toBe(awaited.length);
      }
      const enabled = [...services.values()].map((each) => textOf(each, "service"));
      expect(enabled).toEqual(expect.arrayContaining(["sts.googleapis.com", "iamcredentials.googleapis.com"]));
    });

    it("leaves to deploy-time steps what no resource can say", () => {
      const commands = environment
        .ofType("terraform_data")
        .flatMap((each) => blocksOf(each, "provisioner"))
        .map((provisioner) => JSON.stringify(provisioner));
      expect(commands.filter((command) => command.includes("oauth-redirect-uri"))).toHaveLength(1);
      expect(commands.filter((command) => command.includes("iap-service-agent"))).toHaveLength(1);
    });
  });

  it("11. the kill switch removes a binding: each is a resource of its own, and no provider is merely disabled", () => {
    const policies = environment.types.filter((type) => /_iam_(binding|policy)$/.test(type));
    expect(policies).toEqual([]);
    for (const type of [workloadPools, workloadProviders, "google_iam_workforce_pool_provider"]) {
      for (const resource of environment.ofType(type)) expect(resource).not.toHaveProperty("disabled");
    }
    const listed = environment
      .ofType(becoming)
      .map((each) => `${textOf(each, "service_account_id")} ${textOf(each, "member")}`);
    expect(new Set(listed).size).toBe(listed.length);
  });

  describe("12. secrets that Terraform must hold are two, and each stack has a state of its own", () => {
    it("holds the workforce client secret and the OAuth client secret, each where it is needed", () => {
      const uses = (reference: RegExp) =>
        [...environment.resources()]
          .filter(([, values]) => reference.test(JSON.stringify(values)))
          .map(([address]) => address.split(".")[0]);
      expect(uses(/\$\{azuread_application_password\.[\w-]+\.value\}/)).toEqual(["google_iam_workforce_pool_provider"]);
      expect(new Set(uses(/\$\{google_iam_oauth_client_credential\.[\w-]+\.client_secret\}/))).toEqual(
        new Set(["google_iap_settings"]),
      );
      expect(environment.ofType("azuread_application_password")).toHaveLength(1);
    });

    it("has no service-account key, no secret's content and no private key", () => {
      expect(environment.types).not.toContain("google_service_account_key");
      expect(environment.types).not.toContain("google_secret_manager_secret_version");
      expect(environment.text).not.toContain("PRIVATE KEY");
    });

    it("keeps the state under the stack's name, at no absolute path", () => {
      const backend = JSON.stringify(environment.terraform["backend"]);
      expect(backend).toContain(name);
      expect(backend).not.toMatch(/"path":"\//);
    });
  });

  it("shares nothing with another environment", () => {
    const others = environmentNames.filter((other) => other !== name).map((other) => loadEnvironment(other).project);
    for (const { id, number } of others) {
      expect(environment.text).not.toContain(id);
      expect(environment.text).not.toContain(number);
    }
    expect(environment.text).not.toContain("terraform_remote_state");
  });
});
