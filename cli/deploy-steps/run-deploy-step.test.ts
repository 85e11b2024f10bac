import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deploySteps } from "../../constructs/delivery";
import { defaultDependencies } from "./dependencies";
import { DeployStepError } from "./deploy-step-error";
import { runDeployStep } from "./run-deploy-step";
import { recordedDependencies } from "./scripted-google";

describe("a deploy step", () => {
  it.each(Object.keys(deploySteps))("named %s is known here as it is in the constructs", async (name) => {
    await expect(runDeployStep(name, {}, recordedDependencies())).rejects.toMatchObject({ code: "invalid-input" });
  });

  it.each(["", "toString", "__proto__", "oauth-redirect-uri; rm -rf /"])("named %j is unknown", async (name) => {
    const refusal = runDeployStep(name, {}, recordedDependencies());
    await expect(refusal).rejects.toBeInstanceOf(DeployStepError);
    await expect(refusal).rejects.toMatchObject({
      code: "unknown-step",
      message: expect.stringContaining("only oauth"),
    });
  });

  it.each([
    ["no JSON", "{"],
    ["no object", '"https://x.example"'],
    ["a path", '{"serviceUsage":"https://x.example/v1"}'],
    ["a trailing slash", '{"serviceUsage":"https://x.example/"}'],
    ["plain HTTP to another machine", '{"serviceUsage":"http://x.example"}'],
    ["a host that only looks like this machine", '{"serviceUsage":"http://localhost.evil.example"}'],
    ["credentials in the address", '{"serviceUsage":"http://a:b@localhost"}'],
    ["another scheme", '{"serviceUsage":"file:///etc"}'],
    ["a number", '{"iam":1}'],
  ])("refuses endpoints with %s", async (_, endpoints) => {
    const environment = { KEYLESS_PROJECT_NUMBER: "1", KEYLESS_ENDPOINTS: endpoints };
    await expect(runDeployStep("iap-service-agent", environment, recordedDependencies())).rejects.toMatchObject({
      code: "invalid-input",
      message: expect.stringMatching(/^KEYLESS_ENDPOINTS/),
    });
  });

  it("asks Google itself unless told otherwise", async () => {
    const asked: string[] = [];
    const fetch: typeof globalThis.fetch = async (url) => {
      asked.push(String(url));
      return new Response("", { status: 400 });
    };
    const dependencies = { ...recordedDependencies(), fetch };
    await expect(runDeployStep("iap-service-agent", { KEYLESS_PROJECT_NUMBER: "1" }, dependencies)).rejects.toThrow();
    expect(asked).toEqual([
      "https://serviceusage.googleapis.com/v1beta1/projects/1/services/iap.googleapis.com:generateServiceIdentity",
    ]);
  });

  it("counts requests against the quota project of a person's credentials", async () => {
    const quota: (string | null)[] = [];
    const fetch: typeof globalThis.fetch = async (_, init) => {
      quota.push(new Headers(init?.headers).get("x-goog-user-project"));
      return new Response("", { status: 400 });
    };
    const environment = { KEYLESS_PROJECT_NUMBER: "1" };
    for (const quotaProject of [async () => "example-dev", async () => undefined]) {
      const dependencies = { ...recordedDependencies(), fetch, quotaProject };
      await expect(runDeployStep("iap-service-agent", environment, dependencies)).rejects.toThrow();
    }
    expect(quota).toEqual(["example-dev", null]);
  });
});

describe("the access token of a step", () => {
  it("is the one of the environment where there is one", async () => {
    const { accessToken } = defaultDependencies({ GOOGLE_OAUTH_ACCESS_TOKEN: "ya29.given" });
    expect(await accessToken()).toBe("ya29.given");
  });

  it("is refused where it would break a header, without being shown", async () => {
    const { accessToken } = defaultDependencies({ GOOGLE_OAUTH_ACCESS_TOKEN: "ya29.secret\r\nx: y" });
    const refusal = accessToken();
    await expect(refusal).rejects.toMatchObject({ code: "no-access-token" });
    await expect(refusal).rejects.not.toThrow(/secret/);
  });

  it("is missed with a word on how to get one, and nothing of the credential file", async () => {
    const directory = await mkdtemp(join(tmpdir(), "keyless-step-"));
    const previous = process.env["GOOGLE_APPLICATION_CREDENTIALS"];
    try {
      const file = join(directory, "credentials.json");
      await writeFile(file, '{"type":"authorized_user","client_secret":"d-secret"');
      process.env["GOOGLE_APPLICATION_CREDENTIALS"] = file;
      const refusal = defaultDependencies({}).accessToken();
      await expect(refusal).rejects.toMatchObject({
        code: "no-access-token",
        message: expect.stringContaining("gcloud auth application-default login"),
      });
      await expect(refusal).rejects.not.toThrow(/d-secret/);
    } finally {
      if (previous === undefined) delete process.env["GOOGLE_APPLICATION_CREDENTIALS"];
      else process.env["GOOGLE_APPLICATION_CREDENTIALS"] = previous;
      await rm(directory, { recursive: true });
    }
  });
});
