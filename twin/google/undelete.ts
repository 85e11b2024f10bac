import { googleApiErrors } from "../../facts/token-exchange";
import type { DeletedResource } from "../store/resource-store";
import { type ApiMethod, GoogleApiFailure } from "./api";
import { deployerOnly } from "./deployer-only";
import { isSameProject } from "./projects";
import type { GoogleServices } from "./services";

/** What Google keeps for 30 days after its deletion, by the form of its name. */
const kinds: readonly { readonly type: string; readonly name: RegExp; readonly answersWithOperation: boolean }[] = [
  {
    type: "google_iam_workload_identity_pool",
    name: /^projects\/[^/]+\/locations\/global\/workloadIdentityPools\/[^/]+$/,
    answersWithOperation: true,
  },
  {
    type: "google_iam_workload_identity_pool_provider",
    name: /^projects\/[^/]+\/locations\/global\/workloadIdentityPools\/[^/]+\/providers\/[^/]+$/,
    answersWithOperation: true,
  },
  {
    type: "google_iam_workforce_pool",
    name: /^locations\/global\/workforcePools\/[^/]+$/,
    answersWithOperation: true,
  },
  {
    type: "google_iam_workforce_pool_provider",
    name: /^locations\/global\/workforcePools\/[^/]+\/providers\/[^/]+$/,
    answersWithOperation: true,
  },
  {
    type: "google_iam_oauth_client",
    name: /^projects\/[^/]+\/locations\/global\/oauthClients\/[^/]+$/,
    answersWithOperation: false,
  },
];
const path =
  /^\/v1\/(?<name>(?:projects\/[^/]+\/)?locations\/global\/[A-Za-z]+\/[^/:]+(?:\/providers\/[^/:]+)?):undelete$/;

/**
 * undelete of pools, their providers and OAuth clients: the resource is as it was, and can be imported into Terraform's state.
 * Source: cloud.google.com/iam/docs/reference/rest/v1, methods projects.locations.workloadIdentityPools.undelete and its siblings.
 */
export function undeleteMethods(services: GoogleServices): readonly ApiMethod[] {
  return [
    deployerOnly(services, "iam", "POST", path, async (call) => {
      const name = call.path["name"] ?? "";
      const kind = kinds.find((one) => one.name.test(name));
      if (kind === undefined) throw notFound();
      const deleted = services.store
        .deletedOfType(kind.type, Date.now())
        .find(({ identity }) => isSameName(services, identity, name));
      if (deleted === undefined) throw refusal(services, kind.type, name);
      refuseWithoutPool(services, deleted);
      const { values } = services.store.restore(deleted);
      const resource = { name: values["name"], state: "ACTIVE" };
      return kind.answersWithOperation
        ? { name: `${name}/operations/undelete`, done: true, response: resource }
        : resource;
    }),
  ];
}

/** A provider is undeleted in a pool that is there. */
function refuseWithoutPool(services: GoogleServices, { identity }: DeletedResource): void {
  const [pool, provider] = identity.split("/providers/");
  if (provider === undefined) return;
  const types = ["google_iam_workload_identity_pool", "google_iam_workforce_pool"];
  if (!types.some((type) => services.store.find(type, (candidate) => candidate.identity === pool))) throw notFound();
}

function refusal(services: GoogleServices, type: string, name: string): GoogleApiFailure {
  const lives = services.store.find(type, ({ identity }) => isSameName(services, identity, name)) !== undefined;
  if (!lives) return notFound();
  return new GoogleApiFailure({
    httpStatus: 400,
    status: "FAILED_PRECONDITION",
    message: "Precondition check failed.",
  });
}

const notFound = () => new GoogleApiFailure(googleApiErrors.notFound("Requested entity was not found."));

/** Names are the same with the project's id and with its number. */
function isSameName({ store }: GoogleServices, left: string, right: string): boolean {
  const [one, other] = [left, right].map((name) => /^(?:projects\/([^/]+)\/)?(.*)$/.exec(name));
  return one?.[2] === other?.[2] && isSameProject(store, one?.[1] ?? "", other?.[1] ?? "");
}
