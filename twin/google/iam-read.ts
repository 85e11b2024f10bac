import { z } from "zod";
import type { Json, JsonObject } from "../../analysis";
import { googleApiErrors } from "../../facts/token-exchange";
import type { StoredResource } from "../store/resource-store";
import { type ApiCall, type ApiMethod, GoogleApiFailure } from "./api";
import { deployerOnly } from "./deployer-only";
import { isSameProject } from "./projects";
import type { GoogleServices } from "./services";

const poolPath =
  /^\/v1\/(?<name>(?:projects\/[^/]+\/locations\/global\/workloadIdentityPools|locations\/global\/workforcePools)\/[^/:]+(?:\/providers\/[^/:]+)?)$/;
const accountPath = /^\/v1\/projects\/(?<project>[^/]+)\/serviceAccounts\/(?<account>[^/:]+)$/;
const policyPath = /^\/v1\/projects\/(?<project>[^/]+)\/serviceAccounts\/(?<account>[^/:]+):getIamPolicy$/;

/**
 * What whoever looks for a fault reads: pools, providers, service accounts and their policies. A soft-deleted pool or provider
 * is shown as such. Source: cloud.google.com/iam/docs/reference/rest/v1, methods get and getIamPolicy.
 */
export function readMethods(services: GoogleServices): readonly ApiMethod[] {
  return [
    deployerOnly(services, "iam", "GET", poolPath, async (call) => poolOrProvider(services, call)),
    deployerOnly(services, "iam", "GET", accountPath, async (call) => account(findAccount(services, call))),
    deployerOnly(services, "iam", "POST", policyPath, async (call) => policyOf(services, findAccount(services, call))),
  ];
}

function poolOrProvider(services: GoogleServices, { path }: ApiCall): unknown {
  const { name = "" } = path;
  const kind = name.startsWith("locations/") ? "workforce_pool" : "workload_identity_pool";
  const type = `google_iam_${kind}${name.includes("/providers/") ? "_provider" : ""}`;
  const isAsked = ({ values }: { readonly values: JsonObject }) => isSameName(services, values["name"], name);
  const living = services.store.find(type, isAsked);
  const found = living ?? services.store.deletedOfType(type, Date.now()).find(isAsked);
  if (found === undefined) throw notFound();
  return { ...camelCased(found.values), name, state: living === undefined ? "DELETED" : "ACTIVE" };
}

function findAccount({ store }: GoogleServices, { path }: ApiCall): StoredResource {
  const { account: asked = "", project = "" } = path;
  const found = store.find(
    "google_service_account",
    ({ values }) =>
      [values["email"], values["unique_id"]].includes(asked) &&
      (project === "-" || isSameProject(store, project, String(values["project"]))),
  );
  if (found === undefined) throw notFound();
  return found;
}

const accountValues = z.object({
  name: z.string(),
  email: z.string(),
  project: z.string().optional(),
  unique_id: z.string().optional(),
  disabled: z.boolean().nullish(),
});

function account(resource: StoredResource): unknown {
  const { name, email, project, unique_id: uniqueId, disabled } = accountValues.parse(resource.values);
  return { name, projectId: project, uniqueId, email, disabled: disabled ?? false };
}

function policyOf(services: GoogleServices, resource: StoredResource): unknown {
  const { email } = accountValues.parse(resource.values);
  const stated = services.accessModel().bindings.get(`serviceAccounts/${email}`) ?? [];
  return {
    version: 3,
    bindings: stated.map(({ role, member, condition }) => ({
      role,
      members: [member],
      ...(condition === undefined || condition === "unknown" ? {} : { condition }),
    })),
  };
}

const notFound = () => new GoogleApiFailure(googleApiErrors.notFound("Requested entity was not found."));

/** A project is named by its id or its number. */
function isSameName({ store }: GoogleServices, stored: Json | undefined, asked: string): boolean {
  const form = /^(?:projects\/([^/]+)\/)?(.*)$/;
  const [one, other] = [form.exec(String(stored)), form.exec(asked)];
  return one?.[2] === other?.[2] && isSameProject(store, one?.[1] ?? "", other?.[1] ?? "");
}

/** Secrets that Google shows to nobody. */
const hidden: ReadonlySet<string> = new Set(["client_secret", "project", "id", "timeouts"]);

/** Arguments of Terraform as the API names them; a block of at most one is an object there. */
function camelCased(values: JsonObject): Record<string, unknown> {
  const convert = (key: string, value: Json): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if (isList(value)) {
      const [only, ...more] = value;
      const isBlock = more.length === 0 && typeof only === "object" && only !== null && !isList(only);
      return isBlock && !repeated.has(key) ? convert(key, only) : value.map((item) => convert(key, item));
    }
    // Names of attributes are not names of fields.
    return key === "attribute_mapping" ? value : camelCased(value);
  };
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) =>
      hidden.has(key) || value === null ? [] : [[camelCase(key), convert(key, value)]],
    ),
  );
}

const repeated: ReadonlySet<string> = new Set(["trust_anchors", "intermediate_cas", "allowed_services"]);
const camelCase = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
