import { createHash } from "node:crypto";
import type { Rank } from "../access/rank";
import { plainText } from "../text/sentence";
import { visibleText } from "../text/visible-text";
import type { DriftReport } from "./detect-drift";
import { type DriftFinding, type DriftKind, driftKinds } from "./drift-finding";
import type { NotCovered } from "./not-covered";

/** The parts of a SARIF 2.1.0 log that are written here. Source: docs.oasis-open.org/sarif/sarif/v2.1.0. */
export interface SarifLog {
  readonly $schema: string;
  readonly version: "2.1.0";
  readonly runs: readonly SarifRun[];
}

interface SarifRun {
  readonly tool: { readonly driver: SarifDriver };
  readonly automationDetails: { readonly id: string };
  readonly columnKind: "utf16CodeUnits";
  readonly invocations: readonly SarifInvocation[];
  readonly results: readonly SarifResult[];
}

interface SarifDriver {
  readonly name: string;
  readonly rules: readonly SarifRule[];
  readonly notifications: readonly { readonly id: string; readonly shortDescription: SarifMessage }[];
}

interface SarifRule {
  readonly id: string;
  readonly shortDescription: SarifMessage;
  readonly fullDescription: SarifMessage;
  readonly help: SarifMessage;
  readonly properties: { readonly tags: readonly string[] };
}

interface SarifInvocation {
  readonly executionSuccessful: boolean;
  readonly toolExecutionNotifications: readonly {
    readonly level: "note";
    readonly descriptor: { readonly id: string };
    readonly message: SarifMessage;
  }[];
}

interface SarifResult {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly kind: "fail";
  readonly level: "error" | "warning" | "note";
  readonly rank: number;
  readonly message: SarifMessage;
  readonly locations: readonly SarifLocation[];
  readonly partialFingerprints: Readonly<Record<string, string>>;
  readonly suppressions?: readonly {
    readonly kind: "external";
    readonly status: "accepted";
    readonly justification: string;
  }[];
}

interface SarifMessage {
  readonly text: string;
}

interface SarifLocation {
  readonly physicalLocation: {
    readonly artifactLocation: { readonly uri: string };
    readonly region: { readonly startLine: number };
  };
  readonly logicalLocations: readonly { readonly fullyQualifiedName: string; readonly kind: string }[];
}

export interface SarifOptions {
  /** File of the repository, as a relative URI, that findings of a stack are shown at. */
  readonly sourceOf?: (stack: string) => string;
}

const kinds = Object.entries(driftKinds);
const ruleId = (kind: string): string => `drift/${kind}`;
const levels = { critical: "error", high: "error", medium: "warning", low: "note" } as const;
/** SARIF 3.27.25: 0 to 100. */
const priorities: Readonly<Record<Rank, number>> = { critical: 100, high: 80, medium: 50, low: 20 };

/**
 * The drift as a SARIF log for code scanning. Rule ids and fingerprints stay the same from run to run; values are in neither.
 * Tolerated findings are results with a suppression; what is not covered is a notification, not a result.
 */
export function driftSarif(report: DriftReport, { sourceOf = environmentFile }: SarifOptions = {}): SarifLog {
  const findings = [...report.changedOutside, ...report.allowed];
  return {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "keyless",
            rules: kinds.map(([kind, meaning]) => rule(kind, meaning)),
            notifications: [
              { id: "drift/not-covered", shortDescription: { text: "A refresh cannot see this." } },
              {
                id: "drift/allow-list",
                shortDescription: { text: "An entry of the list of allowed drift needs attention." },
              },
            ],
          },
        },
        automationDetails: {
          id: `keyless-drift/${report.plans
            .map(({ stack }) => stack)
            .sort()
            .join("+")}/`,
        },
        columnKind: "utf16CodeUnits",
        invocations: [{ executionSuccessful: true, toolExecutionNotifications: notifications(report) }],
        results: findings.map((finding) => result(finding, sourceOf)),
      },
    ],
  };
}

const environmentFile = (stack: string): string => `environments/${encodeURIComponent(stack)}.ts`;

function rule(kind: string, meaning: string): SarifRule {
  return {
    id: ruleId(kind),
    shortDescription: { text: meaning },
    fullDescription: { text: `${meaning} Found in the cloud, and not as it was applied.` },
    help: {
      text: "Apply the stack to restore what is declared, or declare what was found. What has to stay for a time is named in the list of allowed drift.",
    },
    properties: { tags: kind === "attribute" || kind === "bookkeeping" ? [] : ["security"] },
  };
}

function result(finding: DriftFinding, sourceOf: (stack: string) => string): SarifResult {
  const { stack, address, constructPath, kind, rank, attribute, sentences, allowance } = finding;
  return {
    ruleId: ruleId(kind),
    ruleIndex: kinds.findIndex(([name]) => name === kind),
    kind: "fail",
    level: levels[rank],
    rank: priorities[rank],
    message: { text: message(`${constructPath ?? `${address} in ${stack}`}: ${sentences.map(plainText).join(" ")}`) },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: sourceOf(stack) }, region: { startLine: 1 } },
        logicalLocations: [
          { fullyQualifiedName: visibleText(constructPath ?? `${stack}/${address}`), kind: "resource" },
        ],
      },
    ],
    partialFingerprints: { "keylessDrift/v1": fingerprint(kind, stack, address, attribute) },
    ...(allowance === undefined
      ? {}
      : {
          suppressions: [
            {
              kind: "external" as const,
              status: "accepted" as const,
              justification: visibleText(`${allowance.reason} (until ${allowance.until})`),
            },
          ],
        }),
  };
}

const fingerprint = (kind: DriftKind, ...place: readonly string[]): string =>
  createHash("sha256")
    .update(JSON.stringify([kind, ...place]))
    .digest("hex");

function notifications({ notCovered, expired, unused }: DriftReport): SarifInvocation["toolExecutionNotifications"] {
  const note = (id: string, text: string): SarifInvocation["toolExecutionNotifications"][number] => ({
    level: "note",
    descriptor: { id },
    message: { text: message(text) },
  });
  return [
    ...notCovered.map((one) => note("drift/not-covered", notCoveredText(one))),
    ...expired.map(({ attribute, until }) =>
      note("drift/allow-list", `The entry for ${attribute} expired on ${until}.`),
    ),
    ...unused.map(({ attribute, until }) =>
      note("drift/allow-list", `The entry for ${attribute}, until ${until}, is unused.`),
    ),
  ];
}

const notCoveredText = ({ type, attribute, why, resources }: NotCovered): string =>
  `${resources.length} × ${attribute === undefined ? type : `${attribute} of ${type}`}: ${why}.`;

/**
 * Text of a message: deceptive characters written out; braces doubled, since they are placeholders (SARIF 3.11.5), and
 * brackets escaped, since they begin a link (3.11.6). At most 4,000 characters.
 */
function message(text: string): string {
  const shown = visibleText(text);
  const cut = shown.length > 4000 ? `${shown.slice(0, 4000).replace(/\p{Surrogate}$/u, "")}…` : shown;
  return cut.replace(/[\\[\]]/g, (character) => `\\${character}`).replace(/[{}]/g, (brace) => brace + brace);
}
