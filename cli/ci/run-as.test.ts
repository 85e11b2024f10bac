import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Testing } from "cdktf";
import { EnvironmentStack } from "../../environments/environment-stack";
import { environmentNames, loadEnvironment } from "../../environments/load";
import { ciIdentity, ciKinds } from "./ci-identity";
import { credentialConfiguration, runAs, tokenRequestOf } from "./run-as";

const dev = loadEnvironment("dev");
const request = { url: "https://pipelines.actions.example/token?api-version=2.0", token: "request-token" };

describe("an identity of CI", () => {
  it.each(environmentNames)("is named as %s declares it", (name) => {
    const environment = loadEnvironment(name);
    const { resource } = JSON.parse(Testing.synth(new EnvironmentStack(Testing.app(), environment)));
    const accounts: { account_id: string }[] = Object.values(resource.google_service_account);
    const providers: { workload_identity_pool_provider_id: string }[] = Object.values(
      resource.google_iam_workload_identity_pool_provider,
    );
    for (const kind of ciKinds) {
      const { audience, account } = ciIdentity(environment, kind);
      expect(accounts.map((each) => `${each.account_id}@${environment.project.id}.iam.gserviceaccount.com`)).toContain(
        account,
      );
      expect(providers.map((each) => each.workload_identity_pool_provider_id)).toContain(audience.split("/").at(-1));
    }
  });

  it("is missing where the environment names no repository", () => {
    expect(() => ciIdentity({ ...dev, ci: undefined }, "plan")).toThrow(
      'environments/dev.ts names no repository under "ci"',
    );
  });
});

describe("the credential configuration", () => {
  it("asks GitHub for a token with the provider's audience, and Google for the account", () => {
    const configuration = credentialConfiguration(ciIdentity(dev, "plan"), request);
    const provider =
      "//iam.googleapis.com/projects/710000000001/locations/global/workloadIdentityPools/ci-plan-dev-01/providers/ci-plan-dev-01";
    expect(configuration).toMatchObject({ type: "external_account", audience: provider });
    const url = new URL(configuration.credential_source.url);
    expect(url.searchParams.get("audience")).toBe(`https:${provider}`);
    expect(url.searchParams.get("api-version")).toBe("2.0");
    expect(configuration.service_account_impersonation_url).toBe(
      "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/ci-plan-dev@ailab-data-dev.iam.gserviceaccount.com:generateAccessToken",
    );
  });

  it.each([
    ["outside of a job", {}],
    ["without a token", { ACTIONS_ID_TOKEN_REQUEST_URL: request.url }],
    [
      "in plain HTTP",
      { ACTIONS_ID_TOKEN_REQUEST_URL: "http://pipelines.example", ACTIONS_ID_TOKEN_REQUEST_TOKEN: "x" },
    ],
    [
      "with a token that would make a header of its own",
      { ACTIONS_ID_TOKEN_REQUEST_URL: request.url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: "a\r\nx: y" },
    ],
  ])("cannot be made %s", (_, variables) => {
    expect(() => tokenRequestOf(variables)).toThrow(/needs permissions: id-token: write/);
  });
});

describe("a command that runs as an identity of CI", () => {
  let folder: string;
  let variables: NodeJS.ProcessEnv;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "keyless-ci-"));
    variables = {
      PATH: process.env["PATH"],
      RUNNER_TEMP: folder,
      ACTIONS_ID_TOKEN_REQUEST_URL: request.url,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: request.token,
      ENTRA_PLAN_CLIENT_ID_DEV: "11111111-2222-3333-4444-555555555555",
      TF_VAR_image_dev: "of dev",
      TF_VAR_image_prod: "of prod",
    };
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const script = (body: string): readonly string[] => {
    const file = join(folder, "command.cjs");
    writeFileSync(file, `const fs = require("node:fs");\n${body}`);
    return [process.execPath, file];
  };
  const out = () => JSON.parse(readFileSync(join(folder, "out.json"), "utf8"));

  it("finds the configuration in a private file, which is gone afterwards", async () => {
    const command = script(`
      const file = process.env.GOOGLE_APPLICATION_CREDENTIALS;
      const mode = (fs.statSync(file).mode & 0o777).toString(8);
      const { audience } = JSON.parse(fs.readFileSync(file, "utf8"));
      const { ARM_CLIENT_ID, ARM_USE_OIDC, ARM_TENANT_ID, TF_VAR_image } = process.env;
      const result = { file, mode, audience, ARM_CLIENT_ID, ARM_USE_OIDC, ARM_TENANT_ID, TF_VAR_image };
      fs.writeFileSync(${JSON.stringify(join(folder, "out.json"))}, JSON.stringify(result));`);
    expect(await runAs(dev, "plan", command, variables)).toBe(0);
    expect(out()).toMatchObject({
      mode: "600",
      audience: ciIdentity(dev, "plan").audience,
      ARM_CLIENT_ID: "11111111-2222-3333-4444-555555555555",
      ARM_USE_OIDC: "true",
      ARM_TENANT_ID: dev.entra.tenantId,
      TF_VAR_image: "of dev",
    });
    expect(existsSync(out().file)).toBe(false);
    expect(readdirSync(folder).filter((name) => name.startsWith("keyless-identity-"))).toEqual([]);
  });

  it("gives its exit code on", async () => {
    expect(await runAs(dev, "plan", script("process.exit(3)"), variables)).toBe(3);
  });

  it("is not run without the application in Entra, or where it is not there; no file is left", async () => {
    const marker = join(folder, "ran");
    const command = script(`fs.writeFileSync(${JSON.stringify(marker)}, "")`);
    await expect(runAs(dev, "apply", command, variables)).rejects.toThrow(
      "ENTRA_APPLY_CLIENT_ID_DEV is not set to a client id; the stack outputs it as ci_apply_client_id",
    );
    await expect(runAs(dev, "plan", ["/nowhere/at/all"], variables)).rejects.toThrow("/nowhere/at/all cannot be run");
    await expect(runAs(dev, "plan", [], variables)).rejects.toThrow(/which command/);
    expect(existsSync(marker)).toBe(false);
    expect(readdirSync(folder)).toEqual(["command.cjs"]);
  });
});
