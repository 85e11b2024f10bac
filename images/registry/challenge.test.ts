import { parseChallenge } from "./challenge";

describe("a registry's challenge", () => {
  it.each([
    ['Basic realm="x"', { scheme: "basic" }],
    ["basic", { scheme: "basic" }],
    ['Bearer realm="https://a.example/token"', { scheme: "bearer", realm: "https://a.example/token" }],
    [
      'bearer realm="https://a.example/token", service="a b" ,scope="repository:p/app:pull,push"',
      { scheme: "bearer", realm: "https://a.example/token", service: "a b", scope: "repository:p/app:pull,push" },
    ],
    [
      'Bearer realm="https://a.example/\\"t\\"",error=invalid_token',
      { scheme: "bearer", realm: 'https://a.example/"t"' },
    ],
  ])("is understood: %s", (header, challenge) => {
    expect(parseChallenge(header)).toEqual(challenge);
  });

  it.each([
    null,
    "",
    "Bearer",
    'Bearer service="x"',
    'Bearer realm="x',
    'Bearer realm="x" service="y"',
    'Bearer realm="x",realm="y"',
    'Bearer realm="x",Realm="y"',
    'Bearer realm="x",=',
    'BearerX realm="x"',
    'Digest realm="x"',
    `Bearer realm="${"x".repeat(5_000)}"`,
  ])("is none: %s", (header) => {
    expect(parseChallenge(header)).toBeUndefined();
  });

  it("is refused without backtracking, however it is written", () => {
    for (const part of [' a="', "a=b,", '\\"', " ,", "="])
      expect(parseChallenge(`Bearer ${part.repeat(1_000)}`.slice(0, 4_096))).toBeUndefined();
  });
});
