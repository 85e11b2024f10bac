import { TerraformVariable } from "cdktf";
import { z } from "zod";
import { clientCertificateRequestHeaders } from "../../facts/client-certificate-headers";
import { PropertyError } from "../federation/property-error";
import { exampleGateway, exampleImage } from "./example-props";
import { PeopleGateway, type PeopleGatewayProps } from "./people-gateway";
import { blockOf, blocksOf, reference, type Synthesized, synthesize } from "./synthesized";

const gateway = (changes: Partial<PeopleGatewayProps> = {}): Synthesized =>
  synthesize((stack) => {
    new PeopleGateway(stack, "people-gateway", { ...exampleGateway, ...changes });
  });

const [landing, serviceDesk] = exampleGateway.apps;
if (landing === undefined || serviceDesk === undefined) throw new Error("the example has two apps");

const synthesized = gateway();
const backends = synthesized.ofType("google_compute_backend_service");
const urlMap = synthesized.named("google_compute_url_map", "people-gateway");

/** The configuration of docs/architecture.md. */
const iapAppConfig = z.strictObject({
  app: z.string(),
  title: z.string(),
  path: z.string(),
  audiences: z.array(z.string()).min(1),
  workforcePool: z.string(),
  apps: z.array(z.strictObject({ title: z.string(), path: z.string(), groups: z.array(z.string()) })),
  groups: z.array(z.strictObject({ id: z.string(), name: z.string() })).optional(),
  directory: z.strictObject({ kind: z.string(), tenantId: z.string(), clientId: z.string() }).optional(),
});

describe("the front for people", () => {
  it("takes TLS 1.2 or later with the RESTRICTED ciphers and no early data", () => {
    const proxy = synthesized.only("google_compute_target_https_proxy");
    expect(synthesized.only("google_compute_ssl_policy")).toMatchObject({
      min_tls_version: "TLS_1_2",
      profile: "RESTRICTED",
    });
    expect(proxy["ssl_policy"]).toMatch(/^\$\{google_compute_ssl_policy\.[\w-]+\.id\}$/);
    expect(proxy["tls_early_data"]).toBe("DISABLED");
  });

  it("never asks a browser for a client certificate", () => {
    expect(synthesized.only("google_compute_target_https_proxy")).not.toHaveProperty("server_tls_policy");
    expect(synthesized.ofType("google_network_security_server_tls_policy")).toEqual([]);
  });

  it("makes another certificate under another name before the old one goes when the domain changes", () => {
    const certificate = synthesized.only("google_compute_managed_ssl_certificate");
    const other = gateway({ domain: "staging.example.com" }).only("google_compute_managed_ssl_certificate");
    expect(certificate["lifecycle"]).toEqual({ create_before_destroy: true });
    expect(blockOf(certificate, "managed")["domains"]).toEqual(["dev.example.com"]);
    expect(certificate["name"]).toMatch(/^people-gateway-[0-9a-f]{8}$/);
    expect(other["name"]).not.toBe(certificate["name"]);
  });

  it("sends whom an app does not let in to the root app, which says whom to ask; not those of the root app", () => {
    const pages = synthesized.ofType("google_iap_settings").map((settings) => settings["application_settings"]);
    const accessDeniedPage = "https://dev.example.com/access-denied?app=%2Fservice-desk";
    expect(pages).toEqual([undefined, { access_denied_page_settings: { access_denied_page_uri: accessDeniedPage } }]);
  });

  it("redirects port 80 of the same address to HTTPS without touching a backend", () => {
    const redirect = synthesized.named("google_compute_url_map", "people-gateway-redirect");
    expect(blockOf(redirect, "default_url_redirect")).toEqual({
      https_redirect: true,
      strip_query: false,
      redirect_response_code: "MOVED_PERMANENTLY_DEFAULT",
    });
    expect(redirect).not.toHaveProperty("default_service");
    const rules = synthesized.ofType("google_compute_global_forwarding_rule");
    expect(rules.map((rule) => rule["port_range"]).sort()).toEqual(["443", "80"]);
    expect(new Set(rules.map((rule) => rule["ip_address"])).size).toBe(1);
    expect(rules.map((rule) => rule["load_balancing_scheme"])).toEqual(["EXTERNAL_MANAGED", "EXTERNAL_MANAGED"]);
  });

  it("sends each app its path and everything below, and the rest of the domain to the app at /", () => {
    const matcher = blockOf(urlMap, "path_matcher");
    expect(blocksOf(urlMap, "host_rule")).toEqual([{ hosts: ["dev.example.com"], path_matcher: matcher["name"] }]);
    expect(matcher["default_service"]).toMatch(/landing_backend/);
    expect(blocksOf(matcher, "path_rule")).toEqual([
      { paths: ["/service-desk", "/service-desk/*"], service: expect.stringMatching(/service-desk_backend/) },
    ]);
  });

  it("lets a request for another host reach no backend", () => {
    expect(urlMap).not.toHaveProperty("default_service");
    expect(blockOf(urlMap, "default_url_redirect")).toEqual({
      host_redirect: "dev.example.com",
      path_redirect: "/",
      strip_query: true,
      redirect_response_code: "FOUND",
    });
  });
});

describe("every backend", () => {
  it("is behind IAP and overwrites all headers that tell of a client certificate", () => {
    expect(backends).toHaveLength(2);
    for (const backend of backends) {
      expect(blockOf(backend, "iap")).toEqual({ enabled: true });
      expect(backend["custom_request_headers"]).toEqual(clientCertificateRequestHeaders);
      expect(backend["load_balancing_scheme"]).toBe("EXTERNAL_MANAGED");
      expect(blockOf(backend, "log_config")).toEqual({ enable: true, sample_rate: 1 });
    }
  });

  it("has none of the arguments that a serverless endpoint group refuses", () => {
    for (const backend of backends) {
      for (const argument of ["timeout_sec", "port_name", "health_checks"])
        expect(backend).not.toHaveProperty(argument);
    }
  });

  it("tells browsers to stay on HTTPS, for this host only", () => {
    for (const backend of backends) {
      const headers = z.array(z.string()).parse(backend["custom_response_headers"]);
      expect(headers).toContain("Strict-Transport-Security:max-age=31536000");
      expect(headers.join()).not.toContain("includeSubDomains");
    }
  });

  it("reaches one service, named as a plain string", () => {
    const services = synthesized
      .ofType("google_compute_region_network_endpoint_group")
      .map((group) => blockOf(group, "cloud_run"));
    expect(services).toEqual([{ service: "app-landing" }, { service: "app-service-desk" }]);
  });
});

describe("Cloud Armor", () => {
  const rulesOf = (values: Synthesized) =>
    blocksOf(values.only("google_compute_security_policy"), "rule").map(({ priority, action }) => [priority, action]);

  it("stands in front of every backend", () => {
    for (const backend of backends)
      expect(backend["security_policy"]).toMatch(/^\$\{google_compute_security_policy\.[\w-]+\.id\}$/);
  });

  it("refuses addresses and regions first, then attacks, then too many requests; what it admits stands last", () => {
    const protection = {
      deniedRanges: ["192.0.2.0/24"],
      deniedRegions: ["AQ"],
      blocksAttacks: true,
      requestsPerMinute: 60,
    };
    const rules = rulesOf(gateway({ protection }));
    expect(rules).toEqual([...rules].sort(([one], [other]) => Number(one) - Number(other)));
    const actions = rules.map(([, action]) => action);
    expect(actions.slice(-2)).toEqual(["throttle", "allow"]);
    expect(new Set(actions.slice(0, -2))).toEqual(new Set(["deny(403)"]));
  });

  it("only logs what looks like an attack until told to refuse it", () => {
    const previews = (values: Synthesized) =>
      blocksOf(values.only("google_compute_security_policy"), "rule").filter(({ preview }) => preview === true).length;
    expect(previews(synthesized)).toBeGreaterThan(0);
    expect(previews(gateway({ protection: { blocksAttacks: true } }))).toBe(0);
  });
});

describe("IAP", () => {
  it("takes people of the one workforce pool and nobody else", () => {
    const settings = synthesized.ofType("google_iap_settings");
    expect(settings).toHaveLength(2);
    for (const setting of settings) {
      expect(setting["name"]).toMatch(
        /^projects\/710000000001\/iap_web\/compute\/services\/\$\{google_compute_backend_service\.[\w-]+\.name\}$/,
      );
      const access = blockOf(setting, "access_settings");
      expect(access).not.toHaveProperty("gcip_settings");
      expect(access["identity_sources"]).toEqual(["WORKFORCE_IDENTITY_FEDERATION"]);
      const workforce = blockOf(access, "workforce_identity_settings");
      expect(workforce["workforce_pools"]).toEqual(["locations/global/workforcePools/example-people-01"]);
      expect(blockOf(workforce, "oauth2")).toEqual({
        client_id: expect.stringMatching(/^\$\{google_iam_oauth_client\.[\w-]+\.client_id\}$/),
        client_secret: expect.stringMatching(/^\$\{google_iam_oauth_client_credential\.[\w-]+\.client_secret\}$/),
      });
    }
  });

  it("lets in the app's groups of the pool, once the settings are there", () => {
    const members = synthesized.ofType("google_iap_web_backend_service_iam_member");
    const pool = "principalSet://iam.googleapis.com/locations/global/workforcePools/example-people-01";
    expect(members.map((member) => [member["web_backend_service"], member["member"]])).toEqual([
      [expect.stringContaining("landing"), `${pool}/group/6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a01`],
      [expect.stringContaining("service-desk"), `${pool}/group/6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a01`],
      [expect.stringContaining("service-desk"), `${pool}/group/6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a02`],
    ]);
    for (const member of members) {
      expect(member["role"]).toBe("roles/iap.httpsResourceAccessor");
      expect(member["depends_on"]).toEqual([expect.stringMatching(/^google_iap_settings\./)]);
    }
  });
});

describe("every app's service", () => {
  it("is invoked by IAP's service agent alone, after the agent was made to exist", () => {
    const invokers = synthesized.ofType("google_cloud_run_v2_service_iam_member");
    expect(invokers).toHaveLength(2);
    for (const invoker of invokers) {
      expect(invoker["role"]).toBe("roles/run.invoker");
      expect(invoker["member"]).toBe("serviceAccount:service-710000000001@gcp-sa-iap.iam.gserviceaccount.com");
      expect(invoker["depends_on"]).toEqual([expect.stringMatching(/^terraform_data\..*iap-service-agent/)]);
    }
  });

  it("runs as an account of its own", () => {
    const accounts = synthesized
      .ofType("google_cloud_run_v2_service")
      .map((service) => blockOf(service, "template")["service_account"]);
    expect(new Set(accounts).size).toBe(2);
    expect(synthesized.ofType("google_service_account").map((account) => account["account_id"])).toEqual([
      "app-landing",
      "app-service-desk",
    ]);
  });

  it("gets a configuration that is JSON before and after Terraform fills it in", () => {
    const configurations = synthesized.ofType("google_cloud_run_v2_service").map((service) => {
      const [container] = blocksOf(blockOf(service, "template"), "containers");
      const [variable] = blocksOf(container ?? {}, "env");
      return String(variable?.["value"]);
    });
    const [ofLanding, ofServiceDesk] = configurations.map((text) => {
      const filledIn = text
        .replace(/\$\{google_compute_backend_service\.[\w-]+\.generated_id\}/g, "4711")
        .replace(/\$\{azuread_application_registration\.[\w-]+\.client_id\}/g, "the-reader");
      expect(filledIn).not.toBe(text);
      expect(() => iapAppConfig.parse(JSON.parse(text))).not.toThrow();
      return iapAppConfig.parse(JSON.parse(filledIn));
    });
    expect(ofLanding).toEqual({
      app: "landing",
      title: "Example",
      path: "/",
      audiences: ["/projects/710000000001/global/backendServices/4711"],
      workforcePool: "example-people-01",
      apps: [
        { title: "Example", path: "/", groups: ["employees"] },
        { title: 'The "service" desk \\ Zürich', path: "/service-desk", groups: ["service-desk", "employees"] },
      ],
    });
    expect(ofServiceDesk).toMatchObject({
      title: 'The "service" desk \\ Zürich',
      groups: Object.entries(exampleGateway.groupNames ?? {}).map(([id, name]) => ({ id, name })),
      directory: { kind: "microsoft-graph", tenantId: exampleGateway.entraTenantId, clientId: "the-reader" },
    });
  });
});

describe("the directory", () => {
  it("is read by an application without a secret, which trusts the accounts of the apps that ask", () => {
    const credential = synthesized.only("azuread_application_federated_identity_credential");
    expect(credential).toMatchObject({
      display_name: "app-service-desk",
      issuer: "https://accounts.google.com",
      audiences: ["api://AzureADTokenExchange"],
    });
    expect(credential["subject"]).toMatch(/^\$\{google_service_account\.[\w-]*service-desk[\w-]*\.unique_id\}$/);
    expect(synthesized.ofType("azuread_application_password")).toEqual([]);
    expect(synthesized.ofType("azuread_application_certificate")).toEqual([]);
  });

  it("is read with the one permission that memberships and reports need", () => {
    expect(synthesized.only("azuread_app_role_assignment")["app_role_id"]).toBe("df021288-bdef-4463-88db-98f22de89214");
    const graph = synthesized
      .ofType("azuread_service_principal")
      .find((principal) => principal["client_id"] === "00000003-0000-0000-c000-000000000000");
    expect(graph).toMatchObject({ use_existing: true });
  });

  it("is none where no app reads it", () => {
    const apps = exampleGateway.apps.map((app) => ({ ...app, readsDirectory: false }));
    const types = gateway({ apps })
      .all()
      .map(({ address }) => address.split(".")[0]);
    expect(types.filter((type) => type?.startsWith("azuread_"))).toEqual([]);
  });
});

describe("the gateway as a whole", () => {
  it("has no cycle, although a service knows its backend and the backend its service", () => {
    const references = new Map(
      synthesized
        .all()
        .map((resource) => [
          resource.address,
          synthesized.referencesOf(resource).filter((address) => address !== resource.address),
        ]),
    );
    const finished = new Set<string>();
    const visit = (address: string, path: readonly string[]): void => {
      expect(path).not.toContain(address);
      if (finished.has(address)) return;
      for (const next of references.get(address) ?? []) visit(next, [...path, address]);
      finished.add(address);
    };
    for (const address of references.keys()) visit(address, []);
    const service = [...references].find(([address]) => address.startsWith("google_cloud_run_v2_service."));
    expect(service?.[1].join()).toContain("google_compute_backend_service.");
  });

  it("protects services and OAuth client from deletion unless told otherwise", () => {
    const protectedOnes = (gatewayJson: Synthesized) => [
      gatewayJson.ofType("google_cloud_run_v2_service").map((service) => service["deletion_protection"]),
      blockOf(gatewayJson.only("google_iam_oauth_client"), "lifecycle")["prevent_destroy"],
    ];
    expect(protectedOnes(synthesized)).toEqual([[true, true], true]);
    expect(protectedOnes(gateway({ deletionProtection: false }))).toEqual([[false, false], false]);
  });

  it("takes an image that only Terraform knows", () => {
    const json = synthesize((stack) => {
      const image = new TerraformVariable(stack, "iap_app_image", { type: "string" });
      new PeopleGateway(stack, "people-gateway", { ...exampleGateway, image: image.stringValue });
    });
    const [service] = json.ofType("google_cloud_run_v2_service");
    expect(blocksOf(blockOf(service ?? {}, "template"), "containers")[0]?.["image"]).toBe(
      reference("var.iap_app_image"),
    );
  });

  it("runs a team's own image in place of the common one, with the same configuration and without waiting for the other's push", () => {
    const image = exampleImage.replace("iap-app@", "floor-plans@");
    const own = { name: "floor-plans", title: "Floor plans", path: "/floor-plans", groups: [landing.groups[0] ?? ""] };
    const imageReady = [{ fqn: "terraform_data.push" }];
    const json = gateway({ apps: [landing, { ...own, image }], imageReady });
    const waitsForPush = (name: string) =>
      JSON.stringify(json.named("google_cloud_run_v2_service", name)["depends_on"]).includes("terraform_data.push");
    expect([waitsForPush("app-landing"), waitsForPush("app-floor-plans")]).toEqual([true, false]);
    const service = json.named("google_cloud_run_v2_service", "app-floor-plans");
    const [container] = blocksOf(blockOf(service, "template"), "containers");
    expect(container?.["image"]).toBe(image);
    expect(JSON.stringify(blocksOf(container ?? {}, "env"))).toContain("google_compute_backend_service.");
    expect(service["ingress"]).toBe("INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER");
  });

  it("waits for what it is told to wait for", () => {
    const json = synthesize((stack) => {
      new PeopleGateway(stack, "people-gateway", {
        ...exampleGateway,
        dependsOn: [{ fqn: "google_project_service.iap" }],
      });
    });
    const waiting = json.all().filter(({ values }) => JSON.stringify(values["depends_on"] ?? "").includes('.iap"'));
    const types = new Set(waiting.map(({ address }) => address.split(".")[0]));
    for (const type of [
      "google_iam_oauth_client",
      "google_compute_global_address",
      "google_cloud_run_v2_service",
      "terraform_data",
    ]) {
      expect(types).toContain(type);
    }
  });
});

describe("a gateway is refused", () => {
  const withApp = (changes: Partial<typeof landing>) => ({ apps: [landing, { ...serviceDesk, ...changes }] });

  it.each<[string, string, Partial<PeopleGatewayProps>]>([
    ["an image by tag", "image", { image: "europe-west4-docker.pkg.dev/p/r/i:latest" }],
    ["an image without a digest", "image", { image: "europe-west4-docker.pkg.dev/p/r/i" }],
    ["a project id for a number", "projectNumber", { projectNumber: "example-dev" }],
    ["a domain with a scheme", "domain", { domain: "https://dev.example.com" }],
    ["a wildcard domain", "domain", { domain: "*.example.com" }],
    ["a generation of one digit", "generation", { generation: "1" }],
    [
      "a pool id out of form",
      "workforcePool.poolId",
      { workforcePool: { poolId: "gcp-x", name: "locations/global/workforcePools/x" } },
    ],
    [
      "a workload pool",
      "workforcePool.name",
      { workforcePool: { poolId: "people-01", name: "projects/1/locations/global/workloadIdentityPools/x" } },
    ],
    ["an app that reads a directory that is not named", "entraTenantId", { entraTenantId: "" }],
    ["no app at /", "apps", { apps: [serviceDesk] }],
    ["two apps at one path", "apps.path", withApp({ path: "/" })],
    ["two apps of one name", "apps.name", withApp({ name: "landing" })],
    ["a path with a wildcard", "apps[1].path", withApp({ path: "/*" })],
    ["a path of two segments", "apps[1].path", withApp({ path: "/a/b" })],
    ["an app that nobody may open", "apps[1].groups", withApp({ groups: [] })],
    ["a group twice", "apps[1].groups", withApp({ groups: [...landing.groups, ...landing.groups] })],
    ["a group by name", "apps[1].groups", withApp({ groups: ["service-desk"] })],
    ["everyone as a group", "apps[1].groups", withApp({ groups: ["*"] })],
    ["an app name with a capital", "apps[1].name", withApp({ name: "ServiceDesk" })],
    ["an app's own image by tag", "apps[1].image", withApp({ image: "europe-west4-docker.pkg.dev/p/r/i:latest" })],
    ["an app's own image that serves another", "apps[1].serves", withApp({ image: exampleImage, serves: "landing" })],
    ["an app's own image that keeps rows", "apps[1].keepsRows", withApp({ image: exampleImage, keepsRows: true })],
    ["a title that is a template", "apps[1].title", withApp({ title: reference('file("/etc/passwd")') })],
  ])("for %s, naming %s", (_, property, changes) => {
    const refusal = (): unknown => {
      try {
        return gateway(changes);
      } catch (error) {
        return error;
      }
    };
    const error = refusal();
    expect(error).toBeInstanceOf(PropertyError);
    expect(error).toMatchObject({ property, constructPath: expect.stringMatching(/^test\/people-gateway/) });
    expect(error).toMatchObject({ message: expect.stringContaining("expected") });
  });
});
