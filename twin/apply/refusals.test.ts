// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Terraform's templates
import { clientType, Loader, pool, poolType, provider, providerType } from "./testing/loader";

describe("what is refused", () => {
  let loader: Loader;
  beforeEach(() => {
    loader = new Loader();
  });
  const refused = async (resource: object) => {
    const error: unknown = await loader.load(resource).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return error instanceof Error ? error.message : error;
  };

  it("at plan changes nothing, and is named by stack, address, path and words", async () => {
    await loader.load({ [poolType]: { p: pool() } });
    const version = loader.store.version;
    expect(await refused({ [poolType]: { p: pool("github-dev-01", { display_name: "x" }), q: pool("gcp-x") } })).toBe(
      `dev: ${poolType}.q.workload_identity_pool_id: "workload_identity_pool_id" ("gcp-x") can not start with "gcp-"`,
    );
    expect(loader.store.version).toBe(version);
  });

  it("by the cloud leaves what came before it", async () => {
    expect(
      await refused({ [poolType]: { p: pool() }, [providerType]: { p: provider({ attribute_condition: "true" }) } }),
    ).toBe(
      `dev: ${providerType}.p.attribute_condition: Error creating WorkloadIdentityPoolProvider: googleapi: Error 400: The attribute condition must reference one of the provider's claims. For more information, see https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines#conditions`,
    );
    expect(loader.addresses()).toEqual([`${poolType}.p`]);
  });

  it("is a change as well", async () => {
    await loader.load({ [poolType]: { p: pool() }, [providerType]: { p: provider() } });
    expect(
      await refused({ [poolType]: { p: pool() }, [providerType]: { p: provider({ attribute_condition: null }) } }),
    ).toContain('Error updating WorkloadIdentityPoolProvider "projects/example-dev/');
    expect(loader.value(`${providerType}.p`, "attribute_condition")).toBe("assertion.repository_id == '1'");
  });

  it("is a pool that was deleted less than 30 days ago", async () => {
    await loader.load({ [poolType]: { p: pool() } });
    await loader.load({});
    expect(await refused({ [poolType]: { p: pool() } })).toBe(
      `dev: ${poolType}.p: Error creating WorkloadIdentityPool: googleapi: Error 409: Requested entity already exists`,
    );
    await loader.load({ [poolType]: { p: pool("github-dev-02") } });
  });

  it("is a stack that declares one resource twice", async () => {
    expect(await refused({ [poolType]: { p: pool(), q: pool() } })).toBe(
      `dev: ${poolType}.q: ${poolType}.p declares the same resource, "projects/example-dev/locations/global/workloadIdentityPools/github-dev-01"`,
    );
  });

  it("is a credential that is removed while it is enabled", async () => {
    const client = {
      [clientType]: { c: { oauth_client_id: "client-01", location: "global", allowed_redirect_uris: [] } },
    };
    const credential = (disabled: boolean) => ({
      google_iam_oauth_client_credential: {
        k: {
          oauthclient: "client-01",
          oauth_client_credential_id: "key-01",
          location: "global",
          disabled,
          depends_on: [`${clientType}.c`],
        },
      },
    });
    await loader.load({ ...client, ...credential(false) });
    expect(await refused(client)).toContain("dev: google_iam_oauth_client_credential.k: ");
    expect(loader.addresses()).toContain("google_iam_oauth_client_credential.k");
    await loader.load({ ...client, ...credential(true) });
    await loader.load(client);
    expect(loader.addresses()).toEqual([`${clientType}.c`]);
  });

  it("is a type that the twin does not play, and a data source", async () => {
    expect(await refused({ google_storage_bucket: { b: {} } })).toBe(
      "The twin has no rule for resource type google_storage_bucket (dev: google_storage_bucket.b).",
    );
    await expect(
      loader.load({}, "dev", { data: { google_service_account: { a: { account_id: "x" } } } }),
    ).rejects.toThrow("has no rule");
    expect(loader.store.all()).toEqual([]);
  });

  it("is a project that does not exist", async () => {
    expect(await refused({ [poolType]: { p: pool("github-dev-01", { project: "nowhere" }) } })).toContain(
      `dev: ${poolType}.p.project: Error creating WorkloadIdentityPool: googleapi: Error 403`,
    );
  });
});
