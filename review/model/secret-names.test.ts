import { isSecretAttribute, isSecretName, isSecretTextName } from "./secret-names";

describe("names of secrets", () => {
  it.each([
    "password",
    "db_password",
    "DB_PASSWORD",
    "clientSecret",
    "client-secret",
    "plain_text",
    "private_key",
    "private_key_pem",
    "secret_data",
    "access_token",
    "API_KEY",
    "connection_string",
  ])("include %s", (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  it.each(["token", "GITHUB_SECRET", "credentials", "Authorization"])(
    "include %s where a text stands under it",
    (name) => {
      expect(isSecretName(name)).toBe(false);
      expect(isSecretTextName(name, undefined)).toBe(true);
    },
  );

  it.each([
    "secret_id",
    "token_uri",
    "private_key_id",
    "requested_access_token_version",
    "keys",
    "password_policy",
    "issuer_uri",
  ])("do not include %s", (name) => {
    expect(isSecretTextName(name, undefined)).toBe(false);
  });

  it("leave the name of a mounted secret to be seen", () => {
    expect(isSecretTextName("secret", "secret_key_ref")).toBe(false);
    expect(isSecretTextName("secret", "google_thing")).toBe(true);
  });

  it("include the value of an Entra password, and of no certificate", () => {
    expect(isSecretAttribute("azuread_application_password", "value")).toBe(true);
    expect(isSecretAttribute("azuread_application_certificate", "value")).toBe(false);
    expect(isSecretAttribute("constructor", "name")).toBe(false);
  });
});
