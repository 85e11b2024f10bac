import { loadEnvironment } from "../../environments/load";
import { clientCertificateRequestHeaders } from "../../facts/client-certificate-headers";
import { handlerImage } from "../../images";
import {
  type Block,
  blockOf,
  blocksOf,
  handlerConfigOf,
  referencesIn,
  synthesizedEnvironments,
  textOf,
  textsOf,
} from "../support/synthesized-environment";

const becoming = "google_service_account_iam_member";
const broker = (service: Block) => textOf(service, "name") === "token-broker";

describe.each(synthesizedEnvironments())("the decisions on the gateway, in $name", ({ name, environment }) => {
  const input = loadEnvironment(name);

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
        const handler = broker(service) ? "token-broker" : "iap-app";
        const { digest } = handlerImage(handler);
        const { id, region } = input.project;
        expect(textOf(container ?? {}, "image")).toBe(`${region}-docker.pkg.dev/${id}/keyless/${handler}@${digest}`);
      }
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
});
