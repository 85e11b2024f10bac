// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Terraform's templates
import { clientType, Loader, pool, poolType } from "./testing/loader";

describe("loading a stack", () => {
  let loader: Loader;
  beforeEach(() => {
    loader = new Loader();
  });

  it("stores what it declares, with defaults and what the cloud adds, under identity, address and construct path", async () => {
    await loader.load({
      google_iam_workforce_pool: {
        people: {
          "//": { metadata: { path: "dev/people" } },
          workforce_pool_id: "people-01",
          location: "global",
          parent: "organizations/1",
        },
      },
    });
    expect(loader.store.all()).toEqual([
      {
        stack: "dev",
        type: "google_iam_workforce_pool",
        identity: "locations/global/workforcePools/people-01",
        address: "google_iam_workforce_pool.people",
        name: "people",
        constructPath: "dev/people",
        values: expect.objectContaining({
          session_duration: "3600s",
          name: "locations/global/workforcePools/people-01",
          state: "ACTIVE",
        }),
      },
    ]);
  });

  it("gives the same ids again when it is loaded again", async () => {
    const stack = {
      azuread_application_registration: { a: { display_name: "A" } },
      azuread_application_password: { p: { application_id: "${azuread_application_registration.a.id}" } },
      terraform_data: { d: { input: "x" } },
    };
    await loader.load(stack);
    const first = loader.store.all();
    await loader.load(stack);
    expect(loader.store.all()).toEqual(first);
  });

  it("changes in place what can be changed, and keeps the ids", async () => {
    await loader.load({ azuread_application_registration: { a: { display_name: "A" } } });
    const id = loader.value("azuread_application_registration.a", "client_id");
    await loader.load({ azuread_application_registration: { a: { display_name: "B" } } });
    expect(loader.value("azuread_application_registration.a", "display_name")).toBe("B");
    expect(loader.value("azuread_application_registration.a", "client_id")).toBe(id);
  });

  it("replaces what cannot be changed, which then has new ids", async () => {
    const stack = (display_name: string) => ({
      azuread_application_registration: { a: { display_name: "A" } },
      azuread_application_password: { p: { application_id: "${azuread_application_registration.a.id}", display_name } },
    });
    await loader.load(stack("one"));
    const secret = loader.value("azuread_application_password.p", "value");
    await loader.load(stack("two"));
    expect(loader.store.ofType("azuread_application_password")).toHaveLength(1);
    expect(loader.value("azuread_application_password.p", "value")).not.toBe(secret);
  });

  it("removes what is no longer declared, in this stack only, and nothing that no stack declared", async () => {
    loader.store.put({ stack: "dev", type: "keyless_service_agent", identity: "agent", values: {} });
    await loader.load({ google_service_account: { a: { account_id: "prod-runner" } } }, "prod");
    await loader.load({ google_service_account: { a: { account_id: "runner-a" }, b: { account_id: "runner-b" } } });
    await loader.load({ google_service_account: { b: { account_id: "runner-b" } } });
    expect(loader.store.all().map(({ stack, identity }) => `${stack} ${identity.replace(/^.*\//, "")}`)).toEqual([
      "dev agent",
      "prod prod-runner@example-prod.iam.gserviceaccount.com",
      "dev runner-b@example-dev.iam.gserviceaccount.com",
    ]);
  });

  it("removes what is in use after what uses it", async () => {
    const group = { google_compute_region_network_endpoint_group: { g: { name: "app", region: "r" } } };
    await loader.load({
      google_compute_backend_service: {
        b: { name: "app", backend: [{ group: "${google_compute_region_network_endpoint_group.g.id}" }] },
      },
      google_compute_url_map: { m: { name: "app", default_service: "${google_compute_backend_service.b.id}" } },
      ...group,
    });
    await loader.load(group);
    expect(loader.addresses()).toEqual(["google_compute_region_network_endpoint_group.g"]);
    await loader.load({});
    expect(loader.addresses()).toEqual([]);
  });

  it("lets what used a removed resource be changed first", async () => {
    const backends = { a: { name: "app-a" }, b: { name: "app-b" } };
    const map = (name: string) => ({
      google_compute_url_map: { m: { name: "app", default_service: `\${google_compute_backend_service.${name}.id}` } },
    });
    await loader.load({ google_compute_backend_service: backends, ...map("a") });
    await loader.load({ google_compute_backend_service: { b: backends.b }, ...map("b") });
    expect(loader.addresses()).toEqual(["google_compute_backend_service.b", "google_compute_url_map.m"]);
  });

  it("refuses to replace what is in use, unless its successor is made before", async () => {
    const stack = (domain: string, lifecycle: object) => ({
      google_compute_managed_ssl_certificate: {
        c: { name: `cert-${domain}`, managed: { domains: [domain] }, ...lifecycle },
      },
      google_compute_target_https_proxy: {
        p: { name: "p", url_map: "m", ssl_certificates: ["${google_compute_managed_ssl_certificate.c.id}"] },
      },
    });
    await loader.load(stack("a", {}));
    await expect(loader.load(stack("b", {}))).rejects.toThrow(
      /^dev: google_compute_managed_ssl_certificate\.c: .*resourceInUseByAnotherResource$/,
    );
    await loader.load(stack("b", { lifecycle: { create_before_destroy: true } }));
    expect(
      loader.store
        .ofType("google_compute_managed_ssl_certificate")
        .map(({ address, values }) => [address, values["name"]]),
    ).toEqual([["google_compute_managed_ssl_certificate.c", "cert-b"]]);
  });

  it("does not replace what must not be destroyed", async () => {
    const stack = (id: string) => ({ [poolType]: { p: pool(id, { lifecycle: { prevent_destroy: true } }) } });
    await loader.load(stack("github-dev-01"));
    await expect(loader.load(stack("github-dev-02"))).rejects.toThrow(
      `dev: ${poolType}.p: Instance cannot be destroyed`,
    );
    expect(loader.value(`${poolType}.p`, "workload_identity_pool_id")).toBe("github-dev-01");
  });

  it("follows ignore_changes", async () => {
    const client = (uri: string) => ({
      [clientType]: {
        c: {
          oauth_client_id: "client-01",
          location: "global",
          allowed_redirect_uris: [uri],
          lifecycle: { ignore_changes: ["allowed_redirect_uris"] },
        },
      },
    });
    await loader.load(client("https://placeholder.example.com/"));
    const [stored] = loader.store.ofType(clientType);
    if (stored !== undefined)
      loader.store.put({
        ...stored,
        values: { ...stored.values, allowed_redirect_uris: ["https://real.example.com/"] },
      });
    await loader.load(client("https://placeholder.example.com/"));
    expect(loader.value(`${clientType}.c`, "allowed_redirect_uris")).toEqual(["https://real.example.com/"]);
  });

  it("takes over a record that came by Terraform", async () => {
    const identity = "projects/example-dev/locations/global/workloadIdentityPools/github-dev-01";
    loader.store.put({
      stack: "dev",
      type: poolType,
      identity,
      values: { ...pool(), id: identity, project: "example-dev" },
    });
    await loader.load({ [poolType]: { p: pool("github-dev-01", { display_name: "GitHub" }) } });
    expect(loader.addresses()).toEqual([`${poolType}.p`]);
    expect(loader.value(`${poolType}.p`, "display_name")).toBe("GitHub");
  });
});
