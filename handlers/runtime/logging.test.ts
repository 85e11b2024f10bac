import { createLogger, redactSecrets } from "./logging";

const jwt = "eyJhbGciOiJQUzI1NiJ9.eyJpc3MiOiJjbGllbnQifQ.c2lnbmF0dXJl";
const accessToken = "ya29.c.b0Aaekm1K-abcdef_0123456789";
const privateKey = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\n-----END PRIVATE KEY-----\n";

function capture() {
  const lines: string[] = [];
  const logger = createLogger("token-broker", { write: (line) => lines.push(line) });
  return { logger, text: () => lines.join(""), records: () => lines.map((line): unknown => JSON.parse(line)) };
}

describe("createLogger", () => {
  it("writes severity, message and time as Cloud Logging reads them", () => {
    const { logger, records } = capture();
    logger.info({ port: 1 }, "ready");
    logger.warn("careful");
    logger.error("failed");
    logger.fatal("ended");
    expect(records()).toEqual([
      {
        severity: "INFO",
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        serviceContext: { service: "token-broker" },
        port: 1,
        message: "ready",
      },
      expect.objectContaining({ severity: "WARNING", message: "careful" }),
      expect.objectContaining({ severity: "ERROR", message: "failed" }),
      expect.objectContaining({ severity: "CRITICAL", message: "ended" }),
    ]);
  });

  it("replaces fields with a secret's name at the top and two levels down", () => {
    const { logger, text } = capture();
    logger.info(
      { access_token: "s3cret-0", request: { headers: { authorization: "s3cret-1", cookie: "s3cret-2" } } },
      "m",
    );
    logger.info({ headers: { "x-goog-iap-jwt-assertion": "s3cret-3", "x-client-cert-leaf": "s3cret-4" } }, "m");
    logger.child({ token: "s3cret-5" }).info("m");
    expect(text()).not.toContain("s3cret");
    expect(text()).toContain("[redacted]");
  });

  it.each([
    ["JWT", jwt],
    ["Google access token", accessToken],
    ["private key", privateKey],
  ])("replaces a %s in a message, a field and an error", (_, secret) => {
    const { logger, text, records } = capture();
    logger.info(`got ${secret}`);
    logger.info({ detail: { deep: { deeper: [secret] } } }, "m");
    logger.error({ err: new Error(`upstream said ${secret}`) }, "m");
    for (const part of secret.split(/[.\n]/).filter((piece) => piece.length > 12 && !piece.startsWith("-----"))) {
      expect(text()).not.toContain(part);
    }
    expect(records()).toHaveLength(3);
  });

  it("leaves out what a library hangs on its errors", () => {
    const { logger, text } = capture();
    logger.error({ err: Object.assign(new Error("refused"), { config: { data: "s3cret" } }) }, "m");
    expect(text()).toContain("refused");
    expect(text()).not.toContain("s3cret");
  });
});

describe("redactSecrets", () => {
  it("leaves ordinary text alone", () => {
    const text = '{"account":"batch-job-dev@ailab-data-dev.iam.gserviceaccount.com","host":"a.b.c"}';
    expect(redactSecrets(text)).toBe(text);
  });
});
