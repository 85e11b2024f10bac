import {
  changesByHand,
  exchanges,
  failedExchanges,
  keysCreated,
  unexpectedImpersonations,
  workforceActivity,
} from "../constructs/observability/audit-filters";
import { brokerEvent } from "../constructs/observability/broker-filters";
import type { LogFilter } from "../constructs/observability/log-filter";
import { matchesFilter } from "../constructs/observability/testing/evaluate-filter";
import { brokerService } from "../facts/broker-log";
import { exchangeFailureReasons, tokenExchangeErrors } from "../facts/token-exchange";
import { createLogger } from "../handlers/runtime";
import { Audit } from "../handlers/token-broker/audit/audit";
import { LogTrail } from "../handlers/token-broker/audit/log-trail";
import { logKeeperEvent } from "../handlers/token-broker/keeper-log";
import { batchAccount } from "../handlers/token-broker/testing/broker-fixture";

/** Entries as the documentation of audit logs shows them: cloud.google.com/iam/docs/audit-logging/examples-workload-identity. */

const pool = "projects/710000000001/locations/global/workloadIdentityPools/github-dev-01";
const workforce = "locations/global/workforcePools/ailab-people-dev-01";
const account = batchAccount;
const other = "other@ailab-data-dev.iam.gserviceaccount.com";
const log = (name: string, of = "projects/ailab-data-dev") => `${of}/logs/cloudaudit.googleapis.com%2F${name}`;

const exchange = (payload: object = {}, logName = log("data_access")) => ({
  logName,
  resource: { type: "audited_resource" },
  protoPayload: {
    serviceName: "sts.googleapis.com",
    methodName: "google.identity.sts.v1.SecurityTokenService.ExchangeToken",
    resourceName: `${pool}/providers/github-dev-01`,
    authenticationInfo: { principalSubject: "repo:ailab/data-platform:ref:refs/heads/main" },
    metadata: { mapped_principal: `principal://iam.googleapis.com/${pool}/subject/712345678` },
    ...payload,
  },
});
const impersonation = (authenticationInfo: object, email = account, methodName = "GenerateAccessToken") => ({
  logName: log("data_access"),
  resource: { type: "service_account", labels: { email_id: email, project_id: "ailab-data-dev", unique_id: "1" } },
  protoPayload: { serviceName: "iamcredentials.googleapis.com", methodName, authenticationInfo },
});
const change = (methodName: string, principalEmail: string, of?: string) => ({
  logName: log("activity", of),
  resource: { type: "audited_resource" },
  protoPayload: { serviceName: "iam.googleapis.com", methodName, authenticationInfo: { principalEmail } },
});
const holds = ({ text }: LogFilter, entry: unknown) => matchesFilter(text, entry);

describe("filters of audit logs", () => {
  it("find exchanges, and those that failed", () => {
    const refused = exchange({
      status: { code: 7, message: tokenExchangeErrors.conditionRejected().errorDescription },
    });
    expect([holds(exchanges(), exchange()), holds(failedExchanges(), exchange())]).toEqual([true, false]);
    expect([holds(exchanges(), refused), holds(failedExchanges(), refused)]).toEqual([true, true]);
    expect(holds(exchanges(), impersonation({}))).toBe(false);
  });

  it("find each of Google's refusals by one reason of the vocabulary", () => {
    const reason = new RegExp(`(${exchangeFailureReasons.join("|")})`);
    for (const [name, failure] of Object.entries(tokenExchangeErrors)) {
      const { errorDescription } = failure("x");
      expect([name, reason.exec(errorDescription)?.[1]]).toEqual([name, expect.any(String)]);
      expect(exchangeFailureReasons.filter((one) => errorDescription.includes(one))).toHaveLength(1);
    }
  });

  it("find an account that somebody unexpected became", () => {
    const filter = unexpectedImpersonations([{ account, pools: [pool, workforce] }], "710000000001");
    const from = (subject: string, email?: string, method?: string) =>
      holds(filter, impersonation({ principalSubject: subject }, email, method));
    expect(from(`principal://iam.googleapis.com/${pool}/subject/712345678`)).toBe(false);
    expect(from(`principal://iam.googleapis.com/${workforce}/subject/6d1f`)).toBe(false);
    expect(from(`principal://iam.googleapis.com/${pool}/subject/712345678`, other)).toBe(true);
    const strange = `principal://iam.googleapis.com/${pool.replace("github-dev-01", "github-dev-01-x")}/subject/1`;
    expect(from(strange)).toBe(true);
    expect(from(`principal://iam.googleapis.com/x/subject/principal://iam.googleapis.com/${pool}/subject/1`)).toBe(
      true,
    );
    for (const method of ["GenerateIdToken", "SignJwt", "SignBlob"]) expect(from(strange, account, method)).toBe(true);
    expect(holds(filter, exchange())).toBe(false);
  });

  it("find a person who became an account, and no service agent; an account that is named as its own caller is known by the exchange", () => {
    const filter = unexpectedImpersonations([{ account, pools: [pool] }], "710000000001");
    const by = (principalEmail: string, email?: string) => holds(filter, impersonation({ principalEmail }, email));
    expect(by("somebody@ailab.com")).toBe(true);
    expect(by("service-710000000001@gcp-sa-iap.iam.gserviceaccount.com")).toBe(false);
    expect(by("service-710000000009@gcp-sa-iap.iam.gserviceaccount.com")).toBe(true);
    expect(by(account)).toBe(false);
    expect(by(other, other)).toBe(true);
  });

  it("expect nobody where nobody is let become an account", () => {
    const filter = unexpectedImpersonations([], "710000000001");
    expect(holds(filter, impersonation({ principalSubject: `principal://iam.googleapis.com/${pool}/subject/1` }))).toBe(
      true,
    );
  });

  it("find changes of federation by hand, and no deployment", () => {
    const deployer = "ci-apply-dev@ailab-data-dev.iam.gserviceaccount.com";
    const filter = changesByHand([deployer]);
    const methods = [
      "google.iam.v1.WorkloadIdentityPools.CreateWorkloadIdentityPool",
      "google.iam.v1.WorkloadIdentityPools.UpdateWorkloadIdentityPoolProvider",
      "google.iam.v1.WorkloadIdentityPools.DeleteWorkloadIdentityPoolProviderKey",
      "google.iam.v1.WorkloadIdentityPools.SetIamPolicy",
      "google.iam.admin.v1.WorkforcePools.UndeleteWorkforcePoolProvider",
      "google.iam.admin.v1.SetIAMPolicy",
    ];
    for (const method of methods) {
      expect([method, holds(filter, change(method, "somebody@ailab.com"))]).toEqual([method, true]);
      expect([method, holds(filter, change(method, deployer))]).toEqual([method, false]);
    }
    expect(
      holds(filter, change("google.iam.v1.WorkloadIdentityPools.GetWorkloadIdentityPool", "somebody@ailab.com")),
    ).toBe(false);
    expect(holds(changesByHand([]), change("google.iam.admin.v1.SetIAMPolicy", deployer))).toBe(true);
  });

  it("find keys that are made or uploaded", () => {
    for (const method of ["CreateServiceAccountKey", "UploadServiceAccountKey"])
      expect(holds(keysCreated(), change(`google.iam.admin.v1.${method}`, "somebody@ailab.com"))).toBe(true);
    expect(holds(keysCreated(), change("google.iam.admin.v1.ListServiceAccountKeys", "somebody@ailab.com"))).toBe(
      false,
    );
  });

  it("find sign-ins of workforce pools, and no exchange of a workload", () => {
    const signIn = exchange(
      {
        methodName: "google.identity.sts.SecurityTokenService.WebSignIn",
        resourceName: `${workforce}/providers/entra-01`,
      },
      log("data_access", "organizations/402918374650"),
    );
    expect(holds(workforceActivity(), signIn)).toBe(true);
    expect(holds(workforceActivity(), exchange())).toBe(false);
  });
});

describe("filters of the broker's log", () => {
  const lines: string[] = [];
  const logger = createLogger(brokerService, { write: (line) => lines.push(line) });
  const target = { kind: "access_token" as const, account, scopes: [], lifetimeSeconds: 3600 };

  beforeAll(async () => {
    const audit = new Audit(new LogTrail(logger, () => new Date(0)));
    const request = { requestId: "1", remoteAddress: "192.0.2.1", client: "batch job", account };
    await audit.issued(request, { tokenType: "access_token", tokenSha256: "00", expiresAt: new Date(0) });
    await audit.refused(request, "account_not_granted");
    logKeeperEvent(logger, { kind: "refreshed", target, lifetimeSeconds: 3600 });
    logKeeperEvent(logger, {
      kind: "failed",
      target,
      reason: "upstream_unavailable",
      error: new Error("no answer"),
      retryInSeconds: 1,
      remainingSeconds: 300,
    });
  });

  /** As Cloud Run hands a line to Cloud Logging. */
  const entries = () =>
    lines.map((line) => {
      const { severity, time, ...jsonPayload } = JSON.parse(line);
      const resource = { type: "cloud_run_revision", labels: { service_name: brokerService } };
      return { severity, timestamp: time, jsonPayload, resource };
    });

  it.each([
    ["issued", "account", account],
    ["refused", "reason", "account_not_granted"],
    ["refreshed", "account", account],
    ["refreshFailed", "reason", "upstream_unavailable"],
  ] as const)("find a line that the broker writes: %s, with its %s", (event, label, value) => {
    const found = entries().filter((entry) => holds(brokerEvent(brokerService, event), entry));
    expect(found).toHaveLength(1);
    expect(found[0]?.jsonPayload[label]).toBe(value);
    expect(entries().filter((entry) => holds(brokerEvent("another-service", event), entry))).toEqual([]);
  });
});
