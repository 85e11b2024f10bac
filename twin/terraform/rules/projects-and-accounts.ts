import { all, matches, worded } from "./checks";
import { digitsOf } from "./derived";
import { googleResource, type RulesOfType } from "./google-resource";
import { projectOf } from "./project";
import { text } from "./values";

/** Enabled APIs and service accounts. Source: the Google provider 6.50, package resourcemanager. */
export const projectAndAccountRules: readonly RulesOfType[] = [
  googleResource({
    type: "google_project_service",
    label: "Project Service",
    id: "{project}/{service}",
    forceNew: ["service", "project"],
    defaults: { disable_on_destroy: true },
    check: worded("service", (value, name) =>
      /^[a-z0-9.-]+\.(googleapis\.com|cloud\.goog)$/.test(value)
        ? []
        : [`expected ${name} to be the name of a Google API, such as iam.googleapis.com, got ${value}`],
    ),
    computed: (values, context) => ({ project: projectOf(values, context).id }),
  }),
  googleResource({
    type: "google_service_account",
    label: "service account",
    id: "projects/{project}/serviceAccounts/{account_id}@{project}.iam.gserviceaccount.com",
    forceNew: ["account_id", "project"],
    check: all(
      matches("account_id", /^[a-z](?:[-a-z0-9]{4,28}[a-z0-9])$/),
      worded("description", (value, name) =>
        Buffer.byteLength(value) <= 256
          ? []
          : [`expected length of ${name} to be in the range (0 - 256), got ${value}`],
      ),
    ),
    computed: (_values, _context, id) => {
      const email = id.slice(id.lastIndexOf("/") + 1);
      return { name: id, email, member: `serviceAccount:${email}`, unique_id: digitsOf(id, "unique_id", 21) };
    },
    exists: (_id, values, context) => [
      `Service account ${text(values, "account_id") ?? ""} already exists within project projects/${projectOf(values, context).id}.`,
      "alreadyExists",
    ],
  }),
];
