import { environmentNames, loadEnvironment } from "../environments/load";
import { clientCertificateRequestHeaders } from "../facts/client-certificate-headers";
import {
  type Block,
  blockOf,
  blocksOf,
  handlerConfigOf,
  referencesIn,
  SynthesizedEnvironment,
  textOf,
  textsOf,
} from "./support/synthesized-environment";

const synthesized = environmentNames.map((name) => ({ name, environment: new SynthesizedEnvironment(name) }));

const workloadPools = "google_iam_workload_identity_pool";
const workloadProviders = "google_iam_workload_identity_pool_provider";
const becoming = "google_service_account_iam_member";
const broker = (service: Block) => textOf(service, "name") === "token-broker";

describe.each(synthesized)("the decisions of the design, in $name", ({ name, environment }) => {
  const input = loadEnvironment(name);
  const conditionOf = (issuer: string) => {
    const provider = environment.ofType(workloadProviders).find((each) => issuerOf(each) === issuer);
    return provider && textOf(provider, "attribute_condition");
  };

  describe("1. one provider per pool, one pool per environment and issuer; principals name the pool, not the provider", () => {
    it("gives every pool its only provider", () => {
      const pools = [...environment.resources(workloadPools).keys()];
      const used = environment
        .ofType(workloadProviders)
        .flatMap((provider) => referencesIn(provider["workload_identity_pool_id"], pools));
      expect([...used].sort()).toEqual([...pools].sort());
      const workforcePools = [...environment.resources("google_iam_workforce_pool").keys()];
      const workforceUsed = environment
        .ofType("google_iam_workforce_pool_provider")
        .flatMap((provider) => referencesIn(provider["workforce_pool_id"], workforcePools));
      expect(workforceUsed).toEqual(workforcePools);
    });

    it("federates no issuer twice", () => {
      const issuers = environment.ofType(workloadProviders).map(issuerOf);
      expect(new Set(issuers).size).toBe(issuers.length);
      const federated = Object.values(input.federation).filter((settings) => settings !== undefined);
      expect(issuers).toHaveLength(federated.length + 1);
    });

    it("names the environment in every pool's id", () => {
      for (const pool of environment.ofType(workloadPools)) {
        expect(textOf(pool, "workload_identity_pool_id")).toContain(`-${name}-`);
      }
    });

    it("names no provider in a principal", () => {
      expect(
        environment
          .ofType(becoming)
          .map((each) => textOf(each, "member"))
          .join(" "),
      ).not.toContain("provider");
    });
  });

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

  describe("3. conditions are built, and pin an immutable identity", () => {
    it("gives every provider a condition", () => {
      for (const provider of environment.ofType(workloadProviders)) {
        expect(textOf(provider, "attribute_condition")).not.toBe("");
      }
    });

    it("pins GitHub by the ids of repository and owner, on branches and by trusted events only", () => {
      const condition = conditionOf("https://token.actions.githubusercontent.com");
      expect(condition === undefined).toBe(input.federation.github === undefined);
      if (condition === undefined) return;
      const { repositoryId, ownerId, branches, repositoryName } = input.federation.github ?? expect.fail();
      expect(condition).toContain(`assertion.repository_id == '${repositoryId}'`);
      expect(condition).toContain(`assertion.repository_owner_id == '${ownerId}'`);
      expect(condition).toContain(
        branches === "any" ? "assertion.ref.startsWith('refs/heads/')" : `assertion.ref == 'refs/heads/${branches[0]}'`,
      );
      expect(condition).toContain("assertion.event_name in ['push', 'workflow_dispatch', 'schedule']");
      expect(condition).not.toContain(repositoryName);
      expect(condition).not.toContain("assertion.sub");
    });

    it("pins Entra by tenant, client, service principal and app role", () => {
      const condition = conditionOf(`https://login.microsoftonline.com/${input.entra.tenantId}/v2.0`) ?? "";
      expect(condition).toContain(`assertion.tid == '${input.entra.tenantId}'`);
      expect(condition).toMatch(/assertion\.azp == '\$\{azuread_application_registration\.[\w-]+\.client_id\}'/);
      expect(condition).toMatch(/assertion\.oid == '\$\{azuread_service_principal\.[\w-]+\.object_id\}'/);
      expect(condition).toContain("'Gcp.Federate' in assertion.roles");
      expect(condition).toContain("assertion.azpacr == '2'");
      expect(condition).toContain("assertion.ver == '2.0'");
    });

    it("pins Google by our own client, and by numeric subjects where people are named", () => {
      const condition = conditionOf("https://accounts.google.com");
      expect(condition === undefined).toBe(input.federation.googleWorkspace === undefined);
      if (condition === undefined) return;
      const { oauthClientId, hostedDomain, people } = input.federation.googleWorkspace ?? expect.fail();
      expect(condition).toContain(`assertion.azp == '${oauthClientId}'`);
      expect(condition).toContain(`assertion.hd == '${hostedDomain}'`);
      expect(condition).toContain("assertion.email_verified == true");
      if (people !== "everyone") expect(condition).toContain(`assertion.sub == '${people[0]}'`);
      expect(condition).not.toContain("assertion.email ");
    });

    it("never reads a claim in an IAM condition", () => {
      for (const [address, resource] of environment.resources()) {
        if (!address.includes("_iam_member.")) continue;
        expect(JSON.stringify(resource["condition"] ?? {})).not.toMatch(/assertion|google\.|attribute\./);
      }
    });
  });

  describe("4. principals use the project number; bindings sit on the service account, never on the project", () => {
    it("takes each principal's pool from the name that holds the project number", () => {
      const members = environment.ofType(becoming).map((each) => textOf(each, "member"));
      expect(members).not.toHaveLength(0);
      for (const member of members) {
        expect(member).toMatch(
          /^principal(Set)?:\/\/iam\.googleapis\.com\/\$\{google_iam_work(load_identity|force)_pool\.[\w-]+\.name\}\/(subject|group|attribute\.[a-z_]+)\/[^*\s]+$/,
        );
        expect(member).not.toContain(input.project.id);
      }
    });

    it("lets nobody become an account but by workloadIdentityUser on that account", () => {
      for (const binding of environment.ofType(becoming)) {
        expect(textOf(binding, "role")).toBe("roles/iam.workloadIdentityUser");
        expect(textOf(binding, "service_account_id")).toMatch(/^\$\{google_service_account\.[\w-]+\.name\}$/);
      }
      const onProject = environment.ofType("google_project_iam_member").map((each) => textOf(each, "role"));
      expect(new Set(onProject)).toEqual(new Set(["roles/bigquery.jobUser"]));
      expect(environment.text).not.toContain("TokenCreator");
    });

    it("lets exactly those become an account whom the environment names", () => {
      const expected = Object.values(input.workloads).flatMap(({ becomes }) => {
        const { people } = input.federation.googleWorkspace ?? { people: [] };
        const named = becomes.googleWorkspace ? (people === "everyone" ? 1 : people.length) : 0;
        return (
          [becomes.github, becomes.aws, becomes.broker].filter(Boolean).length + named + becomes.workforceGroups.length
        );
      });
      expect(environment.ofType(becoming)).toHaveLength(expected.reduce((sum, count) => sum + count, 0));
    });
  });

  describe("5. IAP is on the load balancer, with a workforce pool of one provider that maps google.email", () => {
    it("puts every app's backend behind IAP with workforce identity", () => {
      const guarded = environment.ofType("google_compute_backend_service").filter((each) => each["iap"] !== undefined);
      expect(guarded).toHaveLength(input.gateway.apps.length);
      for (const backend of guarded) expect(blockOf(backend, "iap")["enabled"]).toBe(true);
      const settings = environment.ofType("google_iap_settings").map((each) => blockOf(each, "access_settings"));
      expect(settings).toHaveLength(guarded.length);
      for (const access of settings) {
        expect(access["identity_sources"]).toEqual(["WORKFORCE_IDENTITY_FEDERATION"]);
        const [pool, ...others] = textsOf(blockOf(access, "workforce_identity_settings"), "workforce_pools");
        expect(pool).toMatch(/^\$\{google_iam_workforce_pool\.[\w-]+\.name\}$/);
        expect(others).toEqual([]);
      }
    });

    it("maps the e-mail", () => {
      const providers = environment.ofType("google_iam_workforce_pool_provider");
      expect(providers).toHaveLength(1);
      for (const provider of providers) {
        expect(blockOf(provider, "attribute_mapping")).toMatchObject({
          "google.subject": "assertion.oid",
          "google.email": "assertion.email",
          "google.groups": "assertion.groups",
        });
        expect(textOf(provider, "attribute_condition")).toBe(`assertion.tid == '${input.entra.tenantId}'`);
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

  describe("7. people and machines never share a proxy, a backend or a Cloud Run service", () => {
    const addresses = [...environment.resources().keys()];
    const reachable = (from: string): ReadonlySet<string> => {
      const resources = environment.resources();
      const seen = new Set<string>();
      const visit = (address: string): void => {
        if (seen.has(address)) return;
        seen.add(address);
        const { depends_on: _, ...values } = resources.get(address) ?? {};
        for (const next of referencesIn(values, addresses)) visit(next);
      };
      visit(from);
      return seen;
    };
    const frontOf = (machines: boolean) => {
      const proxy = [...environment.resources("google_compute_target_https_proxy")].find(
        ([, values]) => (values["server_tls_policy"] !== undefined) === machines,
      );
      const rule = [...environment.resources("google_compute_global_forwarding_rule")].find(
        ([, values]) => proxy !== undefined && referencesIn(values["target"], addresses).includes(proxy[0]),
      );
      return reachable(rule?.[0] ?? "");
    };

    it("asks only on the machines' proxy for a client certificate, and refuses invalid ones", () => {
      const proxies = environment.ofType("google_compute_target_https_proxy");
      expect(proxies.filter((each) => each["server_tls_policy"] !== undefined)).toHaveLength(1);
      expect(proxies).toHaveLength(2);
      const [policy] = environment.ofType("google_network_security_server_tls_policy");
      expect(blockOf(policy ?? {}, "mtls_policy")["client_validation_mode"]).toBe("REJECT_INVALID");
    });

    it("has nothing in common between the two fronts", () => {
      const [people, machines] = [frontOf(false), frontOf(true)];
      expect([...people].filter((address) => machines.has(address))).toEqual([]);
      for (const front of [people, machines]) {
        for (const type of [
          "google_compute_backend_service",
          "google_compute_url_map",
          "google_compute_global_address",
        ]) {
          expect([...front].filter((address) => address.startsWith(`${type}.`))).not.toHaveLength(0);
        }
      }
      const backends = [...machines].filter((address) => address.startsWith("google_compute_backend_service."));
      expect(backends).toHaveLength(1);
      expect(environment.resources("google_compute_backend_service").get(backends[0] ?? "")?.["iap"]).toBeUndefined();
    });

    it("gives each backend a Cloud Run service of its own", () => {
      const services = environment
        .ofType("google_compute_region_network_endpoint_group")
        .map((group) => textOf(blockOf(group, "cloud_run"), "service"));
      expect(new Set(services).size).toBe(services.length);
    });

    it("overwrites the same client-certificate headers on every backend", () => {
      for (const backend of environment.ofType("google_compute_backend_service")) {
        expect(backend["custom_request_headers"]).toEqual(clientCertificateRequestHeaders);
      }
    });
  });

  describe("8. Cloud Run: locked ingress, an account of its own, image by digest, invoker only for the IAP agent", () => {
    const services = environment.ofType("google_cloud_run_v2_service");

    it("admits the load balancer only", () => {
      expect(services).toHaveLength(input.gateway.apps.length + 1);
      for (const service of services) expect(service["ingress"]).toBe("INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER");
    });

    it("runs each service as an account of its own, which nobody else becomes", () => {
      const accounts = services.map((service) => textOf(blockOf(service, "template"), "service_account"));
      expect(new Set(accounts).size).toBe(services.length);
      const become = JSON.stringify(environment.ofType(becoming));
      for (const account of accounts) expect(become).not.toContain(account.replace(/\.email\}$/, "").slice(2));
    });

    it("takes images by digest", () => {
      for (const service of services) {
        const [container] = blocksOf(blockOf(service, "template"), "containers");
        expect(textOf(container ?? {}, "image")).toBe(
          broker(service) ? "${var.token_broker_image}" : "${var.iap_app_image}",
        );
      }
      expect(environment.text.match(/@sha256:\[0-9a-f\]\{64\}\$/g)).toHaveLength(2);
    });

    it("lets only IAP's service agent invoke the apps", () => {
      const invokers = environment.ofType("google_cloud_run_v2_service_iam_member");
      expect(invokers).toHaveLength(input.gateway.apps.length);
      for (const invoker of invokers) {
        expect(textOf(invoker, "role")).toBe("roles/run.invoker");
        expect(textOf(invoker, "member")).toBe(
          `serviceAccount:service-${input.project.number}@gcp-sa-iap.iam.gserviceaccount.com`,
        );
      }
      expect(environment.text).not.toMatch(/allUsers|allAuthenticatedUsers/);
      for (const service of services) expect(service["invoker_iam_disabled"] ?? false).toBe(broker(service));
    });
  });

  it("9. IAP assertions carry no groups: coarse access is by workforce group on the IAP binding", () => {
    const bindings = environment.ofType("google_iap_web_backend_service_iam_member");
    const groups = bindings.map((binding) => {
      expect(textOf(binding, "role")).toBe("roles/iap.httpsResourceAccessor");
      const [pool, group] = textOf(binding, "member").split("/group/");
      expect(pool).toMatch(/^principalSet:\/\/iam\.googleapis\.com\/\$\{google_iam_workforce_pool\.[\w-]+\.name\}$/);
      return group;
    });
    const expected = input.gateway.apps.flatMap((app) => app.groups.map((group) => input.groups[group]));
    expect([...groups].sort()).toEqual([...expected].sort());
  });

  it("10. identity is workforce_identity.iam_principal: every app knows the one pool whose prefix it must have", () => {
    const apps = environment.ofType("google_cloud_run_v2_service").filter((service) => !broker(service));
    for (const app of apps) {
      const config = handlerConfigOf(app);
      expect(config["workforcePool"]).toBe(input.workforce.poolId);
      const [audience, ...others] = textsOf(config, "audiences");
      expect(audience).toMatch(
        new RegExp(`^/projects/${input.project.number}/global/backendServices/\\$\\{google_compute_backend_service\\.`),
      );
      expect(others).toEqual([]);
    }
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

/** The issuer of a provider: its address, or the AWS account. */
function issuerOf(provider: Block): string {
  return provider["oidc"] === undefined
    ? textOf(blockOf(provider, "aws"), "account_id")
    : textOf(blockOf(provider, "oidc"), "issuer_uri");
}
