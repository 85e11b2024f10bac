import {
  auditLogs,
  federationChanges,
  impersonation,
  serviceAccountKeyMethods,
  tokenExchange,
  workforceSignIns,
} from "../../facts/audit-log";
import type { ExpectedImpersonation } from "./expected-impersonation";
import { allOf, anyOf, equals, isNotNumber, isOneOf, isPresent, type LogFilter, matches, not } from "./log-filter";

const methodName = "protoPayload.methodName";
const method = (name: string): LogFilter => equals(methodName, name);
const service = (name: string): LogFilter => equals("protoPayload.serviceName", name);
const log = (name: string): LogFilter => matches("logName", `/logs/${name}$`);

/** Exchanges of external tokens, in the project of the pool. */
export const exchanges = (): LogFilter =>
  allOf(log(auditLogs.dataAccess), service(tokenExchange.service), method(tokenExchange.method));

/** Exchanges that were refused. One that named no pool of the project leaves no entry: Google does not know whose it was. */
export const failedExchanges = (): LogFilter => allOf(exchanges(), isNotNumber("protoPayload.status.code", 0));

const impersonated = (): LogFilter =>
  allOf(
    log(auditLogs.dataAccess),
    service(impersonation.service),
    isOneOf(methodName, impersonation.methods),
    equals("resource.type", impersonation.resourceType),
  );

const subject = "protoPayload.authenticationInfo.principalSubject";
const email = "protoPayload.authenticationInfo.principalEmail";

/**
 * Credentials of accounts made for somebody whom no deployment has let become them: of an unknown account, or from
 * another pool. Google's service agents are let out. Some entries name no subject and, as the caller, the account
 * itself: the exchange before it tells who that was.
 *
 * @param projectNumber of the project whose service agents these are
 */
export const unexpectedImpersonations = (
  expected: readonly ExpectedImpersonation[],
  projectNumber: string,
): LogFilter =>
  allOf(
    impersonated(),
    not(matches(email, `^service-${projectNumber}@[a-z0-9.-]+\\.iam\\.gserviceaccount\\.com$`)),
    ...expected.map((one) => not(isExpected(one))),
  );

const isExpected = ({ account, pools }: ExpectedImpersonation): LogFilter =>
  allOf(
    equals("resource.labels.email_id", account),
    anyOf(
      allOf(not(isPresent(subject)), equals(email, account)),
      ...pools.map((pool) => matches(subject, `^principal://iam\\.googleapis\\.com/${pool}/subject/`)),
    ),
  );

/** Changes of pools, providers and of who may become an account, by anybody but those who deploy. */
export const changesByHand = ([first, ...others]: readonly string[]): LogFilter =>
  allOf(
    log(auditLogs.activity),
    service(federationChanges.service),
    anyOf(
      matches(methodName, federationChanges.workloadMethods),
      matches(methodName, federationChanges.workforceMethods),
      method(federationChanges.poolPolicyMethod),
      method(federationChanges.accountPolicyMethod),
    ),
    ...(first === undefined ? [] : [not(isOneOf(email, [first, ...others]))]),
  );

/** Keys of service accounts that were made or uploaded. */
export const keysCreated = (): LogFilter =>
  allOf(log(auditLogs.activity), service(federationChanges.service), isOneOf(methodName, serviceAccountKeyMethods));

/** Sign-ins, sign-outs and exchanges of workforce pools; they are in the organization's log only. */
export const workforceActivity = (): LogFilter =>
  allOf(
    log(auditLogs.dataAccess),
    service(workforceSignIns.service),
    isOneOf(methodName, workforceSignIns.methods),
    matches("protoPayload.resourceName", "^(//iam\\.googleapis\\.com/)?locations/global/workforcePools/"),
  );
