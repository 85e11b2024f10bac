import { z } from "zod";
import { imageByDigestPattern } from "../facts/artifact-registry";
import { serviceAccountIdPattern, workforcePoolIdPattern } from "../facts/federation-limits";

/** What an environment file may say. Every message names the expected form; the loader adds the file and the path. */

const uuid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, "expected a lower-case UUID");
const numericId = z.string().regex(/^[0-9]{1,32}$/, "expected a numeric id as a string");
const projectId = z
  .string()
  .regex(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, "expected a project id: 6 to 30 of a-z, 0-9 and -, a letter first");
const hostname = z
  .string()
  .regex(/^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/, "expected a lower-case host name");
const accountId = z
  .string()
  .regex(serviceAccountIdPattern, "expected a service account id: 6 to 30 of a-z, 0-9 and -, a letter first");
const datasetId = z.string().regex(/^[A-Za-z0-9_]{1,1024}$/, "expected a dataset id: letters, digits and _");
const secondsUpTo = (limit: number) =>
  z
    .int(`expected whole seconds, at most ${limit}`)
    .min(60, "expected at least 60 seconds")
    .max(limit, `expected at most ${limit} seconds`);

/** A part of git's rules: what would be read as another ref, or as more than one. Source: git-check-ref-format. */
const branchName = z
  .string()
  .regex(/^(?!\/)[^\s\p{Cc}~^:?*[\\]{1,244}(?<!\/)$/u, "expected the name of a branch, without refs/heads/");

const githubSchema = z.strictObject({
  /** Numeric ids: a name can be taken over after a rename, an id cannot. */
  ownerId: numericId,
  repositoryId: numericId,
  /** For people who read the file; never used in a condition. */
  repositoryName: z.string().min(1),
  /** Branches whose workflows are admitted; "any" still refuses pull requests, tags and forks. */
  branches: z.union([z.literal("any"), z.array(branchName).min(1, "expected at least one branch name")], {
    error: 'expected "any", or a list of at least one branch name',
  }),
});

const ciSchema = z.strictObject({
  ownerId: numericId,
  repositoryId: numericId,
  /** In GitHub's `job_workflow_ref` and `sub`, beside the ids that decide. */
  repositoryName: z.string().regex(/^[\w.-]+\/[\w.-]+$/, "expected OWNER/NAME"),
  /** The branch that is deployed. */
  branch: branchName,
});

const googleWorkspaceSchema = z.strictObject({
  hostedDomain: hostname,
  /** The company's own OAuth client; the only authorized party admitted. */
  oauthClientId: z.string().regex(/^[0-9]+-[a-z0-9]+\.apps\.googleusercontent\.com$/, "expected an OAuth client id"),
  /** "everyone" of the hosted domain, or the numeric subjects of the people admitted. */
  people: z.union([z.literal("everyone"), z.array(numericId).min(1, "expected at least one numeric subject")], {
    error: 'expected "everyone", or a list of at least one numeric subject, each a string',
  }),
});

const awsSchema = z.strictObject({
  accountId: z.string().regex(/^[0-9]{12}$/, "expected a 12-digit AWS account id"),
  roleName: z.string().regex(/^[\w+=,.@-]{1,64}$/, "expected an AWS role name"),
});

const kubernetesSchema = z.strictObject({
  /** What the cluster's tokens say in `iss`; Google fetches the keys there. */
  issuerUri: z.url({ protocol: /^https$/, error: "expected an https URL" }),
  /** Service accounts admitted; the construct checks their names. */
  serviceAccounts: z
    .array(z.strictObject({ namespace: z.string(), name: z.string(), uid: uuid.optional() }))
    .min(1, "expected at least one service account"),
});

const weekday = z.enum(["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]);

/** When access is open; the construct checks times, hours and zones. */
const windowSchema = z.strictObject({
  from: z.string().optional(),
  until: z.string().optional(),
  weekly: z
    .strictObject({
      timeZone: z.string(),
      days: z.strictObject({ first: weekday, last: weekday }).optional(),
      hours: z.strictObject({ from: z.int(), until: z.int() }).optional(),
    })
    .optional(),
});

/** What people may ask for in an emergency, each time with another person's approval. */
const approvalSchema = z.strictObject({
  /** Keys of `groups`. */
  requesters: z.array(z.string()).min(1, "expected at least one group"),
  approvers: z.array(z.string()).min(1, "expected at least one group"),
  approverEmails: z.array(z.email("expected an e-mail address")).default([]),
  roles: z.array(z.string()).min(1, "expected at least one role"),
  longestSeconds: z.int().min(1800, "expected at least 1800 seconds").max(604_800, "expected at most 604800 seconds"),
});

const imageReference = z
  .string()
  .regex(imageByDigestPattern, "expected an image by digest, ...@sha256:<64 hexadecimal digits>");

const appSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{1,22}[a-z0-9]$/, "expected an app name: 3 to 24 of a-z, 0-9 and -"),
  /** Which of the image's apps it runs; the one of its own name unless given, so that one app may serve several teams apart. */
  serves: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/, "expected the name of an app of the image")
    .optional(),
  /** An image of the team's own in place of the one that holds all apps; it is not pushed from here. */
  image: imageReference.optional(),
  title: z.string().min(1).max(64),
  /** The path that the load balancer sends to the app, with everything below it; "/" takes what no other app does. */
  path: z.string().regex(/^\/([a-z0-9-]+)?$/, "expected / or /one-segment"),
  /** Keys of `groups`; members of any of them are let in. */
  groups: z.array(z.string()).min(1, "expected at least one group: an app that nobody may open is a mistake"),
  /** Whether the app asks Microsoft Graph for people's groups and reports, as the service account of its own. */
  readsDirectory: z.boolean().default(false),
  /** Whether the app keeps rows: in `gateway.database`, or without one in memory. */
  keepsRows: z.boolean().default(false),
});

const clientMatchSchema = z
  .strictObject({
    spiffeId: z.string().startsWith("spiffe://").optional(),
    dnsName: hostname.optional(),
    sha256Fingerprint: z
      .string()
      .regex(/^[0-9a-f]{64}$/, "expected 64 lower-case hexadecimal digits")
      .optional(),
  })
  .refine((match) => Object.values(match).filter((value) => value !== undefined).length === 1, {
    message: "expected exactly one of spiffeId, dnsName, sha256Fingerprint",
  });

const brokerClientSchema = z.strictObject({
  name: z.string().min(1).max(64),
  match: clientMatchSchema,
  /** Keys of `workloads` whose account the client may ask for. */
  workloads: z.array(z.string()).min(1, "expected at least one workload"),
  scopes: z.array(z.url("expected a scope, which is a URL")).min(1, "expected at least one scope"),
  lifetimeSeconds: secondsUpTo(3600),
});

const principalsSchema = z.strictObject({
  /** The repository of `federation.github`. */
  github: z.boolean().default(false),
  /** The people of `federation.googleWorkspace`. */
  googleWorkspace: z.boolean().default(false),
  /** The role of `federation.aws`. */
  aws: z.boolean().default(false),
  /** The token broker, for the clients of its policy. */
  broker: z.boolean().default(false),
  /** Keys of `groups`: people of the workforce pool, by Entra group. */
  workforceGroups: z.array(z.string()).default([]),
});

const workloadSchema = z.strictObject({
  account: accountId,
  purpose: z.string().min(1).max(100),
  /** BigQuery rights on every dataset of the environment, with the right to run queries. */
  data: z.enum(["viewer", "editor"]),
  becomes: principalsSchema,
  /** When the account may be become and its roles hold; always unless stated. */
  window: windowSchema.optional(),
  /** True in an emergency: the account is disabled, and nobody may become it. */
  killSwitch: z.boolean().default(false),
});

/** A workload that reads or writes data itself, without an account between. */
const directAccessSchema = z.strictObject({
  issuer: z.literal("kubernetes", 'expected "kubernetes"'),
  data: z.enum(["viewer", "editor"]),
  window: windowSchema.optional(),
  killSwitch: z.boolean().default(false),
});

export const environmentSchema = z
  .strictObject({
    name: z.enum(["dev", "staging", "prod"]),
    /** Suffix of every id that Google keeps for 30 days after deletion; raise it to start afresh. */
    generation: z.string().regex(/^[0-9]{2}$/, "expected two digits, such as 01"),
    project: z.strictObject({
      id: projectId,
      number: numericId,
      region: z.string().regex(/^[a-z]+-[a-z]+[0-9]$/, "expected a region, such as europe-west4"),
    }),
    organizationId: numericId,
    /** Where Terraform keeps its state: a Cloud Storage bucket, or the local disk. */
    state: z.union(
      [
        z.literal("local"),
        z.strictObject({
          bucket: z
            .string()
            .regex(/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/, "expected the name of a Cloud Storage bucket"),
        }),
      ],
      {
        error: 'expected "local", or { bucket } with the name of a Cloud Storage bucket',
      },
    ),
    entra: z.strictObject({ tenantId: uuid }),
    /** Entra security groups by a name of ours; the values are their object ids. */
    groups: z.record(z.string(), uuid),
    gateway: z.strictObject({
      domain: hostname,
      /** Host of the machine front: never the people's one. */
      machineDomain: hostname,
      apps: z.array(appSchema).min(1, "expected at least one app"),
      /** What Cloud Armor refuses before anybody signs in, in this order. */
      protection: z
        .strictObject({
          deniedRanges: z.array(z.string()).min(1, "expected at least one range").optional(),
          deniedRegions: z
            .array(z.string().regex(/^[A-Z]{2}$/, "expected an ISO 3166-1 alpha-2 code"))
            .min(1)
            .optional(),
          /** Whether what looks like an attack is refused, and not only logged. */
          blocksAttacks: z.boolean().default(false),
          /** Of one client address. */
          requestsPerMinute: z
            .int()
            .min(60, "expected at least 60")
            .max(100_000, "expected at most 100000")
            .default(1_200),
        })
        .prefault({}),
      /** Cloud SQL for the apps' rows, billed by the hour. Without it rows live in memory and go with each instance. */
      database: z
        .strictObject({
          tier: z
            .string()
            .regex(
              /^db-(f1-micro|g1-small|custom-[0-9]{1,2}-[0-9]{4,6})$/,
              "expected db-f1-micro, db-g1-small or db-custom-CPUS-MEMORY",
            ),
          /** Whether a second machine in another zone stands by, at twice the price. */
          highAvailability: z.boolean(),
        })
        .optional(),
    }),
    workforce: z.strictObject({
      poolId: z.string().regex(workforcePoolIdPattern, "expected 6 to 63 of a-z, 0-9 and -, a letter first, not gcp-"),
      sessionSeconds: z.int().min(900, "expected at least 900 seconds").max(43200, "expected at most 43200 seconds"),
    }),
    federation: z.strictObject({
      github: githubSchema.optional(),
      googleWorkspace: googleWorkspaceSchema.optional(),
      aws: awsSchema.optional(),
      kubernetes: kubernetesSchema.optional(),
    }),
    /** The repository whose workflows plan and deploy this environment; nobody does without. */
    ci: ciSchema.optional(),
    data: z.strictObject({
      location: z.string().min(2),
      datasets: z.array(datasetId).min(1, "expected at least one dataset"),
    }),
    workloads: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), workloadSchema),
    /** By a name of ours; needs the issuer among `federation`. */
    directAccess: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), directAccessSchema).default({}),
    /** What people may ask for, each time with another person's approval; declared in the organization's stack. */
    approval: approvalSchema.optional(),
    broker: z.strictObject({
      /** Secret Manager secrets that hold the Entra certificate's private key and chain, as PEM. */
      certificate: z.strictObject({ keySecret: z.string().min(1), certificateSecret: z.string().min(1) }),
      clients: z.array(brokerClientSchema).min(1, "expected at least one client"),
    }),
    /** Who is told of what goes wrong, and how much BigQuery may read. */
    operations: z.strictObject({
      alertEmails: z.array(z.email("expected an e-mail")).min(1, "expected at least one e-mail"),
      queries: z.strictObject({
        /** TiB a day, of the project and of each account. */
        tebibytesPerDay: z.number().positive("expected more than 0").max(200, "expected at most 200"),
        tebibytesPerUserPerDay: z.number().positive("expected more than 0").max(200, "expected at most 200"),
        /** Whom Google writes to about quotas. */
        contactEmail: z.email("expected an e-mail"),
      }),
    }),
    /** Images of your own in place of those that the handlers' source makes; they are not pushed from here. */
    images: z.strictObject({ tokenBroker: imageReference.optional(), iapApp: imageReference.optional() }).prefault({}),
  })
  .superRefine((environment, context) => {
    const known = (kind: "groups" | "workloads", key: string, path: (string | number)[]) => {
      if (!Object.hasOwn(environment[kind], key)) {
        const keys = Object.keys(environment[kind]).join(", ");
        context.addIssue({ code: "custom", path, message: `expected a key of ${kind} (${keys}), got "${key}"` });
      }
    };
    const distinct = (values: readonly string[], path: (index: number) => (string | number)[]) => {
      values.forEach((value, index) => {
        if (values.indexOf(value) < index) {
          context.addIssue({
            code: "custom",
            path: path(index),
            message: `expected a value of its own, got "${value}" again`,
          });
        }
      });
    };
    const { apps } = environment.gateway;
    distinct(
      apps.map((app) => app.name),
      (index) => ["gateway", "apps", index, "name"],
    );
    distinct(
      apps.map((app) => app.path),
      (index) => ["gateway", "apps", index, "path"],
    );
    distinct(environment.data.datasets, (index) => ["data", "datasets", index]);
    const { clients } = environment.broker;
    distinct(
      clients.map((client) => client.name),
      (index) => ["broker", "clients", index, "name"],
    );
    const workloadKeys = Object.keys(environment.workloads);
    const accounts = Object.values(environment.workloads).map((workload) => workload.account);
    distinct(accounts, (index) => ["workloads", workloadKeys[index] ?? "", "account"]);
    const { keySecret, certificateSecret } = environment.broker.certificate;
    distinct([keySecret, certificateSecret], () => ["broker", "certificate", "certificateSecret"]);
    apps.forEach((app, index) => {
      const path = ["gateway", "apps", index];
      if (app.image !== undefined && app.serves !== undefined) {
        const message =
          "expected it to be left out beside image: it chooses among the apps of the image that is not used";
        context.addIssue({ code: "custom", path: [...path, "serves"], message });
      }
      if (app.image !== undefined && app.keepsRows) {
        const message =
          "expected false beside image: the schema of an app's database comes from the image that is not used";
        context.addIssue({ code: "custom", path: [...path, "keepsRows"], message });
      }
      for (const [position, group] of app.groups.entries()) known("groups", group, [...path, "groups", position]);
    });
    for (const kind of ["requesters", "approvers"] as const)
      for (const [position, group] of (environment.approval?.[kind] ?? []).entries())
        known("groups", group, ["approval", kind, position]);
    for (const [key, { issuer }] of Object.entries(environment.directAccess)) {
      if (environment.federation[issuer] !== undefined) continue;
      const message = `expected federation.${issuer} to be set`;
      context.addIssue({ code: "custom", path: ["directAccess", key, "issuer"], message });
    }
    if (!apps.some((app) => app.path === "/")) {
      context.addIssue({ code: "custom", path: ["gateway", "apps"], message: 'expected an app with the path "/"' });
    }
    if (!environment.workforce.poolId.endsWith(`-${environment.generation}`)) {
      const message = `expected it to end with the generation, -${environment.generation}`;
      context.addIssue({ code: "custom", path: ["workforce", "poolId"], message });
    }
    if (environment.gateway.machineDomain === environment.gateway.domain) {
      context.addIssue({
        code: "custom",
        path: ["gateway", "machineDomain"],
        message: "expected another host than gateway.domain",
      });
    }
    clients.forEach((client, index) => {
      for (const [position, workload] of client.workloads.entries()) {
        const path = ["broker", "clients", index, "workloads", position];
        known("workloads", workload, path);
        if (Object.hasOwn(environment.workloads, workload) && !environment.workloads[workload]?.becomes.broker) {
          context.addIssue({
            code: "custom",
            path,
            message: `expected workloads.${workload}.becomes.broker to be true`,
          });
        }
      }
    });
    for (const [key, workload] of Object.entries(environment.workloads)) {
      for (const [position, group] of workload.becomes.workforceGroups.entries()) {
        known("groups", group, ["workloads", key, "becomes", "workforceGroups", position]);
      }
      for (const issuer of ["github", "googleWorkspace", "aws"] as const) {
        if (workload.becomes[issuer] && environment.federation[issuer] === undefined) {
          context.addIssue({
            code: "custom",
            path: ["workloads", key, "becomes", issuer],
            message: `expected federation.${issuer} to be set, or this to be false`,
          });
        }
      }
    }
  });

/** An environment as a file states it. */
export type EnvironmentInput = z.input<typeof environmentSchema>;
/** An environment after the check, with its defaults. */
export type Environment = z.output<typeof environmentSchema>;
