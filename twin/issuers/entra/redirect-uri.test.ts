import { matchRedirectUri, reachableRedirectUri } from "./redirect-uri";

const publicOrigin = (host: string): string => `https://${host}.localhost:8443`;

describe("a redirect URI in the twin", () => {
  it("is reached where the twin serves its host, with path and query as registered", () => {
    expect(reachableRedirectUri("https://auth.cloud.google/a/b?c=d%2Fe", publicOrigin)).toBe(
      "https://auth.cloud.google.localhost:8443/a/b?c=d%2Fe",
    );
  });

  it.each([
    "http://localhost:3000/callback",
    "https://app.localhost:3000/callback",
    "https://127.0.0.1/callback",
    "http://example.com/callback",
    "com.example.app:/callback",
    "no address",
  ])("stays as it is where the twin does not serve it: %s", (uri) => {
    expect(reachableRedirectUri(uri, publicOrigin)).toBe(uri);
  });

  it("is matched to the letter, in its real form or the twin's", () => {
    const registered = ["https://a.example/callback", "http://localhost:3000/callback"];
    const match = (uri: string) => matchRedirectUri(uri, registered, publicOrigin);
    expect(match("https://a.example/callback")).toBe("https://a.example.localhost:8443/callback");
    expect(match("https://a.example.localhost:8443/callback")).toBe("https://a.example.localhost:8443/callback");
    expect(match("http://localhost:3000/callback")).toBe("http://localhost:3000/callback");
    for (const other of [
      "https://a.example/callback/",
      "https://a.example/callback?x",
      "https://a.example:443/callback",
      "https://A.example/callback",
      "https://a.example.localhost:9999/callback",
      "https://a.example@evil.example/callback",
      "http://localhost:3001/callback",
      "",
    ]) {
      expect(match(other)).toBeUndefined();
    }
  });
});
