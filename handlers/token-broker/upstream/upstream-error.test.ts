import { UpstreamError } from "./upstream-error";

describe("UpstreamError", () => {
  const errorSaying = (description: string) =>
    new UpstreamError({ upstream: "entra", code: "invalid_client", description, retryable: false });

  it("puts an upstream's words on one line of printable characters, cut", () => {
    expect(errorSaying("a\r\nb\u001b[31mc\u0000d").message).toBe("entra: invalid_client: a b [31mc d");
    expect(errorSaying("x".repeat(10_000)).description).toHaveLength(400);
  });

  it("never carries a token that an upstream sent back", () => {
    const token = "eyJhbGciOiJQUzI1NiJ9.eyJpc3MiOiJjbGllbnQifQ.c2lnbmF0dXJl";
    expect(errorSaying(`cannot parse ${token}.`).message).not.toContain("c2lnbmF0dXJl");
  });
});
