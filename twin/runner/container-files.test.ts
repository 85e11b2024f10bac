import { replaceMountPaths } from "./container-files";

describe("mount paths in the environment", () => {
  const mounts = new Map([
    ["/secrets/entra", "/d/mount-1"],
    ["/secrets/entra-ca", "/d/mount-2"],
    ["/secrets/a.b", "/d/mount-3"],
  ]);

  it.each([
    ["/secrets/entra", "/d/mount-1"],
    ['{"keyFile":"/secrets/entra/key.pem"}', '{"keyFile":"/d/mount-1/key.pem"}'],
    ['["/secrets/entra/a","/secrets/entra-ca/b"]', '["/d/mount-1/a","/d/mount-2/b"]'],
    ["--key=/secrets/entra/key.pem", "--key=/d/mount-1/key.pem"],
    ["/secrets/a.b/c", "/d/mount-3/c"],
  ])("gives %s its directory", (value, expected) => {
    expect(replaceMountPaths(value, mounts)).toBe(expected);
  });

  it.each([
    "/secrets/entrance/key.pem",
    "/other/secrets/entra/key.pem",
    "https://example.com/secrets/entra/key.pem",
    "//iam.googleapis.com/secrets/entra",
    "/secrets/axb/c",
    "/secrets",
  ])("leaves %s as it is", (value) => {
    expect(replaceMountPaths(value, mounts)).toBe(value);
  });

  it("leaves a value as it is where nothing is mounted", () => {
    expect(replaceMountPaths("/secrets/entra", new Map())).toBe("/secrets/entra");
  });
});
