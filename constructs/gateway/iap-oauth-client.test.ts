import { IapOauthClient } from "./iap-oauth-client";
import { blockOf, blocksOf, reference, synthesize } from "./synthesized";

const synthesized = synthesize((stack) => {
  new IapOauthClient(stack, "oauth-client", { projectId: "example-dev", generation: "07", deletionProtection: false });
});

const step = (name: string) => {
  const steps = synthesized.ofType("terraform_data").map((values) => ({
    triggers: blockOf(values, "triggers_replace"),
    exec: blockOf(blockOf(values, "provisioner"), "local-exec"),
  }));
  const found = steps.find(({ exec }) => String(exec["command"]).endsWith(` ${name}`));
  if (found === undefined) throw new Error(`no step ${name}`);
  return found;
};

describe("the OAuth client of IAP", () => {
  it("is confidential, for the authorization code grant alone, under an id of its generation", () => {
    expect(synthesized.only("google_iam_oauth_client")).toMatchObject({
      oauth_client_id: "people-gateway-07",
      client_type: "CONFIDENTIAL_CLIENT",
      allowed_grant_types: ["AUTHORIZATION_CODE_GRANT"],
      allowed_scopes: ["https://www.googleapis.com/auth/cloud-platform"],
      location: "global",
    });
  });

  it("starts with a placeholder of Google's own and leaves the redirect URI to the step", () => {
    const client = synthesized.only("google_iam_oauth_client");
    expect(client["allowed_redirect_uris"]).toEqual([
      "https://iap.googleapis.com/v1/oauth/clientIds/placeholder:handleRedirect",
    ]);
    expect(blockOf(client, "lifecycle")["ignore_changes"]).toEqual(["allowed_redirect_uris"]);
    const { exec, triggers } = step("oauth-redirect-uri");
    expect(exec["environment"]).toEqual({
      KEYLESS_PROJECT_ID: "example-dev",
      KEYLESS_OAUTH_CLIENT: expect.stringMatching(/^\$\{google_iam_oauth_client\.[\w-]+\.oauth_client_id\}$/),
      KEYLESS_OAUTH_CLIENT_ID: expect.stringMatching(/^\$\{google_iam_oauth_client\.[\w-]+\.client_id\}$/),
    });
    expect(triggers["clientId"]).toMatch(/\.client_id\}$/);
  });

  it("disables its credential before that is deleted, from what the state remembers", () => {
    const { exec, triggers } = step("oauth-credential-disable");
    expect(exec["when"]).toBe("destroy");
    expect(exec["environment"]).toEqual({
      KEYLESS_PROJECT_ID: reference("self.triggers_replace.projectId"),
      KEYLESS_OAUTH_CLIENT: reference("self.triggers_replace.oauthClient"),
      KEYLESS_OAUTH_CREDENTIAL: reference("self.triggers_replace.credential"),
    });
    expect(triggers["credential"]).toMatch(/^\$\{google_iam_oauth_client_credential\./);
  });

  it("passes no secret to a step", () => {
    const steps = JSON.stringify(synthesized.ofType("terraform_data"));
    expect(blocksOf({ all: synthesized.ofType("terraform_data") }, "all")).toHaveLength(2);
    expect(steps).not.toContain("client_secret");
  });
});
