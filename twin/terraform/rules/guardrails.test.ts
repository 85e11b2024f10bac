import type { JsonObject } from "../../../analysis";
import { Cloud, dev } from "./testing/rules-fixture";

const organization = "organizations/402918374650";
const words = (type: string, values: JsonObject, cloud = new Cloud()) => cloud.words(type, values);

describe("alerts and objectives", () => {
  const log = { conditions: [{ display_name: "c", condition_matched_log: [{ filter: "f" }] }] };
  const alert = (values: JsonObject) => ({ display_name: "a", combiner: "OR", ...values });
  const type = "google_monitoring_alert_policy";

  it("of a log without a limit are refused (trap 41)", () => {
    expect(words(type, alert(log))[0]).toContain("notification_rate_limit must be set");
    const limited = { alert_strategy: [{ notification_rate_limit: [{ period: "300s" }] }] };
    expect(words(type, alert({ ...log, ...limited }))).toEqual([]);
  });

  it("need a channel that is there, and one kind of condition", () => {
    const query = { conditions: [{ display_name: "c", condition_prometheus_query_language: [{ query: "q" }] }] };
    expect(words(type, alert({ ...query, notification_channels: ["projects/p/notificationChannels/1"] }))[0]).toContain(
      "was not found",
    );
    expect(words(type, alert({ conditions: [{ display_name: "c" }] }))[0]).toContain("must be specified");
    const cloud = new Cloud();
    const channel = cloud.create("google_monitoring_notification_channel", {
      type: "email",
      labels: { email_address: "a@example.com" },
    });
    cloud.create(type, alert({ ...query, notification_channels: [channel.identity] }));
    expect(cloud.remove(channel)).toContain("it is used by");
  });

  it("promise no more than 99.99 %, of a service that is there", () => {
    const cloud = new Cloud();
    cloud.create("google_monitoring_custom_service", { service_id: "broker" });
    const slo = (goal: number, service = "broker") => ({
      service,
      slo_id: "s",
      goal,
      rolling_period_days: 28,
      request_based_sli: [{ good_total_ratio: [{ bad_service_filter: "b", total_service_filter: "t" }] }],
    });
    expect(words("google_monitoring_slo", slo(0.9995), cloud)).toEqual([]);
    expect(words("google_monitoring_slo", slo(1), cloud)[0]).toContain("Field goal");
    expect(words("google_monitoring_slo", slo(0.9, "absent"), cloud)[0]).toContain("was not found");
  });
});

describe("logs", () => {
  it("are counted with labels that have an extractor each", () => {
    const metric = {
      name: "m",
      filter: "f",
      metric_descriptor: [{ metric_kind: "DELTA", value_type: "INT64", labels: [{ key: "reason" }] }],
    };
    expect(words("google_logging_metric", metric)[0]).toContain("needs both a descriptor and an extractor");
    expect(words("google_logging_metric", { ...metric, label_extractors: { reason: "EXTRACT(a)" } })).toEqual([]);
  });

  it("of the organization go to a bucket that is there, written by an agent that comes with the sink (trap 40)", () => {
    const cloud = new Cloud();
    const sink = {
      name: "s",
      org_id: "402918374650",
      destination: `logging.googleapis.com/projects/${dev.id}/locations/eu/buckets/b`,
    };
    expect(words("google_logging_organization_sink", sink, cloud)[0]).toContain("does not exist");
    cloud.create("google_logging_project_bucket_config", { project: dev.id, location: "eu", bucket_id: "b" });
    const writer = {
      project: dev.id,
      role: "roles/logging.bucketWriter",
      member: "serviceAccount:service-org-402918374650@gcp-sa-logging.iam.gserviceaccount.com",
    };
    expect(words("google_project_iam_member", writer, cloud)[0]).toContain("does not exist");
    const { values } = cloud.create("google_logging_organization_sink", sink);
    expect(values["writer_identity"]).toBe(writer.member);
    expect(words("google_project_iam_member", writer, cloud)).toEqual([]);
  });
});

describe("audit configuration and quotas", () => {
  it("know no configuration of iamcredentials (trap 39)", () => {
    const config = (service: string) => ({ project: dev.id, service, audit_log_config: [{ log_type: "ADMIN_READ" }] });
    expect(words("google_project_iam_audit_config", config("iamcredentials.googleapis.com"))[0]).toContain(
      "iam.googleapis.com",
    );
    expect(words("google_project_iam_audit_config", config("sts.googleapis.com"))).toEqual([]);
  });

  it("keep a preference until somebody changes it: a quota does not come back by itself (trap 36)", () => {
    const cloud = new Cloud();
    const preference = {
      parent: `projects/${dev.id}`,
      name: "q",
      service: "bigquery.googleapis.com",
      quota_id: "QueryUsagePerDay",
      quota_config: [{ preferred_value: "1048576" }],
    };
    expect(words("google_cloud_quotas_quota_preference", preference)[0]).toContain("percentage is too high");
    const made = cloud.create("google_cloud_quotas_quota_preference", {
      ...preference,
      ignore_safety_checks: "QUOTA_DECREASE_PERCENTAGE_TOO_HIGH",
    });
    expect(cloud.remove(made)).toBeUndefined();
    expect(words("google_cloud_quotas_quota_preference", { ...preference, quota_id: "Nothing" })[0]).toContain(
      "was not found",
    );
  });
});

describe("fences around identities", () => {
  const boundary = {
    organization: "402918374650",
    location: "global",
    principal_access_boundary_policy_id: "keyless-dev",
    details: [
      { rules: [{ effect: "ALLOW", resources: [`//cloudresourcemanager.googleapis.com/projects/${dev.id}`] }] },
    ],
  };
  const binding = (policy: string, set: string) => ({
    location: "global",
    policy,
    policy_binding_id: "keyless-dev",
    policy_kind: "PRINCIPAL_ACCESS_BOUNDARY",
    target: [{ principal_set: set }],
  });

  it("are bound to the project's own identities, and are not deleted while they are", () => {
    const cloud = new Cloud();
    const own = `//cloudresourcemanager.googleapis.com/projects/${dev.number}`;
    expect(words("google_iam_projects_policy_binding", binding("organizations/1/x", own), cloud)[0]).toContain(
      "was not found",
    );
    const policy = cloud.create("google_iam_principal_access_boundary_policy", boundary);
    const foreign = binding(policy.identity, "//cloudresourcemanager.googleapis.com/projects/999999999999");
    expect(words("google_iam_projects_policy_binding", foreign, cloud)[0]).toContain("must be the project's own");
    cloud.create("google_iam_projects_policy_binding", binding(policy.identity, own));
    expect(cloud.remove(policy)).toContain("still bound");
  });

  it("deny permissions and principals in the form of deny policies only", () => {
    const deny = (parent: string, principal: string, permission: string) => ({
      parent,
      name: "keyless",
      rules: [{ deny_rule: [{ denied_principals: [principal], denied_permissions: [permission] }] }],
    });
    const at = `cloudresourcemanager.googleapis.com%2Fprojects%2F${dev.id}`;
    const type = "google_iam_deny_policy";
    expect(
      words(type, deny(at, "principalSet://goog/public:all", "iam.googleapis.com/serviceAccountKeys.create")),
    ).toEqual([]);
    expect(
      words(type, deny(`projects/${dev.id}`, "principalSet://goog/public:all", "iam.googleapis.com/a.b"))[0],
    ).toContain("URL-encoded");
    expect(words(type, deny(at, "allUsers", "iam.googleapis.com/a.b"))[0]).toContain("Invalid principal");
    expect(words(type, deny(at, "principalSet://goog/public:all", "iam.serviceAccountKeys.create"))[0]).toContain(
      "Invalid permission",
    );
  });

  it("have access levels that name ranges with host bits of zero, in perimeters that spell them by letter case", () => {
    const cloud = new Cloud();
    const policy = cloud.create("google_access_context_manager_access_policy", { parent: organization, title: "t" });
    expect(
      words("google_access_context_manager_access_policy", { parent: organization, title: "u" }, cloud)[0],
    ).toContain("409");
    const level = (range: string) => ({
      parent: policy.identity,
      name: `${policy.identity}/accessLevels/office`,
      title: "t",
      basic: [{ conditions: [{ ip_subnetworks: [range] }] }],
    });
    expect(words("google_access_context_manager_access_level", level("192.0.2.1/24"), cloud)[0]).toContain("host bits");
    cloud.create("google_access_context_manager_access_level", level("192.0.2.0/24"));
    const perimeter = (values: JsonObject) => ({
      parent: policy.identity,
      name: `${policy.identity}/servicePerimeters/p`,
      title: "t",
      ...values,
    });
    const type = "google_access_context_manager_service_perimeter";
    const spec = (name: string) => ({
      use_explicit_dry_run_spec: true,
      spec: [{ resources: [`projects/${dev.number}`], access_levels: [name] }],
    });
    expect(words(type, perimeter({ spec: [{}] }), cloud)[0]).toContain("use_explicit_dry_run_spec");
    expect(words(type, perimeter(spec(`${policy.identity}/accesslevels/office`)), cloud)[0]).toContain("was not found");
    expect(words(type, perimeter({ status: [{ resources: [`projects/${dev.id}`] }] }), cloud)[0]).toContain(
      "projects/NUMBER",
    );
    expect(words(type, perimeter(spec(`${policy.identity}/accessLevels/office`)), cloud)).toEqual([]);
  });
});

describe("a security policy", () => {
  const type = "google_compute_security_policy";
  const all = { versioned_expr: "SRC_IPS_V1", config: [{ src_ip_ranges: ["*"] }] };
  const last = { action: "allow", priority: 2147483647, match: [all] };
  const policy = (...rule: readonly JsonObject[]) => ({ name: "p", rule });

  it("ends with a default rule, and has every priority once", () => {
    expect(words(type, policy(last))).toEqual([]);
    expect(words(type, policy({ ...last, priority: 1 }))[0]).toContain("default rule");
    expect(words(type, policy(last, last))[0]).toContain("same priority");
  });

  it("has at most ten ranges in a rule, and limits where it throttles", () => {
    const many = {
      versioned_expr: "SRC_IPS_V1",
      config: [{ src_ip_ranges: Array.from({ length: 11 }, (_, i) => `192.0.2.${i}/32`) }],
    };
    expect(words(type, policy(last, { ...last, priority: 1, match: [many] }))[0]).toContain("at most 10");
    expect(words(type, policy(last, { ...last, priority: 1, action: "throttle" }))[0]).toContain("rateLimitOptions");
    expect(words(type, policy(last, { ...last, priority: 1, action: "deny" }))[0]).toContain("Unknown action");
  });
});
