import { TerraformStack, Testing, Token } from "cdktf";
import fc from "fast-check";
import { EntraWorkforce } from "./entra-workforce";
import { ExistingWorkforcePool } from "./existing-workforce-pool";
import { PropertyError } from "./property-error";
import { hostileValues } from "./testing/hostile-values";

const newStack = () => new TerraformStack(Testing.app(), "dev");

describe("an Entra workforce pool", () => {
  const workforce = {
    organizationId: "402918374650",
    poolId: "example-people-01",
    providerId: "entra-01",
    displayName: "People",
    sessionSeconds: 3600,
    tenantId: "2f1c7a34-90c1-4c0b-8f5b-5d5f0b8f6a11",
    clientId: "2f1c7a34-90c1-4c0b-8f5b-5d5f0b8f6a12",
    clientSecret: Token.asString({ resolve: () => "secret", creationStack: [], toString: () => "" }),
    preventDestroy: false,
  };

  it.each([
    ["poolId", { poolId: "1people" }],
    ["poolId", { poolId: "gcp-people" }],
    ["providerId", { providerId: "abc" }],
    ["sessionSeconds", { sessionSeconds: 899 }],
    ["sessionSeconds", { sessionSeconds: 43_201 }],
  ])("refuses a %s outside Google's limits: %j", (property, props) => {
    const refused = () => new EntraWorkforce(newStack(), "workforce", { ...workforce, ...props });
    expect(refused).toThrow(new RegExp(`^dev/workforce: ${property} is`));
  });
});

describe("a workforce pool for administrators", () => {
  const reference = () => Token.asString({ resolve: () => "secret", creationStack: [], toString: () => "" });
  const workforce = {
    organizationId: "402918374650",
    poolId: "example-admins-01",
    providerId: "entra-01",
    displayName: "Administrators",
    sessionSeconds: 3600,
    tenantId: "2f1c7a34-90c1-4c0b-8f5b-5d5f0b8f6a11",
    clientId: "2f1c7a34-90c1-4c0b-8f5b-5d5f0b8f6a12",
    preventDestroy: false,
  };
  const group = "6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a05";
  const synthesized = (props: object) => {
    const stack = newStack();
    const made = new EntraWorkforce(stack, "workforce", { ...workforce, clientSecret: reference(), ...props });
    const { resource } = JSON.parse(Testing.synth(stack));
    const [pool]: { access_restrictions?: unknown; disabled?: boolean }[] = Object.values(
      resource.google_iam_workforce_pool,
    );
    const [provider]: Record<string, unknown>[] = Object.values(resource.google_iam_workforce_pool_provider);
    return { made, pool, provider };
  };

  it("maps google.email always (trap 22), and asks by the code flow", () => {
    const { provider } = synthesized({});
    expect(provider).toMatchObject({
      attribute_mapping: { "google.email": "assertion.email", "google.subject": "assertion.oid" },
      oidc: { web_sso_config: { response_type: "CODE" } },
    });
  });

  it("has exactly one provider (trap 21)", () => {
    const stack = newStack();
    new EntraWorkforce(stack, "workforce", { ...workforce, clientSecret: reference() });
    const { resource } = JSON.parse(Testing.synth(stack));
    expect(Object.keys(resource.google_iam_workforce_pool_provider)).toHaveLength(1);
  });

  it("is IAP's alone where asked for, and cut off by one property", () => {
    expect(synthesized({}).pool?.access_restrictions).toBeUndefined();
    expect(synthesized({ use: "iap" }).pool?.access_restrictions).toEqual({ disable_programmatic_signin: true });
    expect(synthesized({ killSwitch: true }).pool?.disabled).toBe(true);
  });

  it("admits members of named groups only, where groups are named", () => {
    expect(synthesized({ admittedGroups: [group] }).provider?.["attribute_condition"]).toBe(
      `assertion.tid == '${workforce.tenantId}' && '${group}' in google.groups`,
    );
    expect(() => synthesized({ admittedGroups: [] })).toThrow(/at least one/);
    expect(() => synthesized({ admittedGroups: ["administrators"] })).toThrow(/UUID/);
  });

  it("gets groups from the directory where a person may have more than a token holds (trap 51)", () => {
    const groups = {
      from: "directory",
      clientId: workforce.clientId,
      clientSecret: reference(),
      by: "object-id",
      search: "displayName:gcp-",
    };
    expect(synthesized({ groups }).provider?.["extra_attributes_oauth2_client"]).toMatchObject({
      attributes_type: "AZURE_AD_GROUPS_ID",
      query_parameters: { filter: "displayName:gcp-" },
      issuer_uri: `https://login.microsoftonline.com/${workforce.tenantId}/v2.0`,
    });
    expect(synthesized({}).provider?.["extra_attributes_oauth2_client"]).toBeUndefined();
  });

  it.each([
    ["use", { use: "IAP" }],
    ["groups.from", { groups: { from: "directry" } }],
    [
      "groups.by",
      { groups: { from: "directory", clientId: workforce.clientId, clientSecret: reference(), by: "name" } },
    ],
    ["killSwitch", { killSwitch: "true" }],
    ["admittedGroups", { admittedGroups: group }],
  ])("refuses a %s of another kind, which would open more than is said: %j", (property, props) => {
    expect(() => synthesized(props)).toThrow(new RegExp(`^dev/workforce: ${property} is`));
  });

  it("names people and groups as their tokens do: by object ids, and by addresses only where the directory gives these", () => {
    const made = (props: object) =>
      new EntraWorkforce(newStack(), "workforce", { ...workforce, clientSecret: reference(), ...props });
    const byMail = {
      groups: { from: "directory", clientId: workforce.clientId, clientSecret: reference(), by: "mail" },
    };
    expect(made({}).group(group).member).toContain(`/group/${group}`);
    expect(made(byMail).group("admins@ailab.com").member).toContain("/group/admins@ailab.com");
    expect(() => made({}).group("admins@ailab.com")).toThrow(/group is "admins@ailab.com"/);
    expect(() => made(byMail).group(group)).toThrow(/expected the group's address/);
    expect(() => made({}).person("anna@ailab.com")).toThrow(/person is "anna@ailab.com"/);
  });

  it("refuses a secret that stands in the configuration, and does not repeat it (trap 44)", () => {
    const secret = "a-client-secret-in-the-open";
    for (const props of [
      { clientSecret: secret },
      { groups: { from: "directory", clientId: workforce.clientId, clientSecret: secret, by: "mail" } },
    ]) {
      expect(() => synthesized(props)).toThrow(/expected a reference to a secret/);
      expect(() => synthesized(props)).not.toThrow(new RegExp(secret));
    }
  });

  it("tells how to sign in by gcloud and at the console", () => {
    const { made } = synthesized({});
    const name = /"audience": "\/\/iam\.googleapis\.com\/(.+)"/.exec(made.loginConfiguration)?.[1] ?? "";
    expect(JSON.parse(made.loginConfiguration)).toEqual({
      universe_domain: "googleapis.com",
      universe_cloud_web_domain: "cloud.google",
      type: "external_account_authorized_user_login_config",
      audience: `//iam.googleapis.com/${name}`,
      auth_url: "https://auth.cloud.google/authorize",
      token_url: "https://sts.googleapis.com/v1/oauthtoken",
      token_info_url: "https://sts.googleapis.com/v1/introspect",
    });
    expect(made.consoleUrl).toBe(`https://auth.cloud.google/signin/${name}?continueUrl=https://console.cloud.google/`);
  });

  it("takes no text that would change its condition or its name (property)", () => {
    const hostile = fc.oneof(fc.constantFrom(...hostileValues), fc.string({ unit: "binary", maxLength: 80 }));
    const directory = { from: "directory", clientId: workforce.clientId, clientSecret: reference(), by: "mail" };
    const changes: ((value: string) => object)[] = [
      (value) => ({ organizationId: value }),
      (value) => ({ poolId: value }),
      (value) => ({ providerId: value }),
      (value) => ({ displayName: value }),
      (value) => ({ tenantId: value }),
      (value) => ({ clientId: value }),
      (value) => ({ admittedGroups: [value] }),
      (value) => ({ groups: { ...directory, clientId: value } }),
      (value) => ({ groups: { ...directory, search: value } }),
    ];
    fc.assert(
      fc.property(hostile, fc.constantFrom(...changes), (value, change) => {
        try {
          const { provider } = synthesized(change(value));
          expect(provider?.["attribute_condition"]).toBe(`assertion.tid == '${workforce.tenantId}'`);
          expect(JSON.stringify(provider).replace(/\$\{google_iam_workforce_pool\.[\w.-]+\}/g, "")).not.toMatch(
            /[$%]\{/,
          );
        } catch (error) {
          if (!(error instanceof PropertyError)) throw error;
          expect(error.constructPath).toBe("dev/workforce");
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe("a workforce pool of another stack", () => {
  it("is named by its id, and its groups by object ids only", () => {
    const pool = new ExistingWorkforcePool(newStack(), "ailab-people-prod-01");
    const group = "6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a05";
    expect(pool.group(group).member).toBe(
      `principalSet://iam.googleapis.com/locations/global/workforcePools/ailab-people-prod-01/group/${group}`,
    );
    expect(pool.group(group).pool).toBe("workforce");
    for (const value of ["administrators", "*", ...hostileValues]) {
      expect(() => pool.group(value)).toThrow(PropertyError);
      expect(() => new ExistingWorkforcePool(newStack(), `${value}!`)).toThrow(PropertyError);
    }
  });
});
