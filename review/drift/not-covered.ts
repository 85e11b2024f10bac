import type { ManagedObject, StackPlan } from "../model/stack-plan";

/** What a refresh cannot see of some resources, and why: not clean, only not looked at. */
export interface NotCovered {
  readonly type: string;
  /** The attribute that is not read back; absent where it is about what lies beside the resource. */
  readonly attribute?: string;
  readonly why: string;
  readonly resources: readonly (ManagedObject & { readonly stack: string })[];
}

interface BlindSpot {
  readonly form: RegExp;
  readonly attribute?: string;
  readonly why: string;
  /** Whether it is none once the policies of the service accounts were read beside the refresh. */
  readonly seenInPolicies?: boolean;
}

/** Sources: pages of the resource types in registry.terraform.io (google 6.50, azuread 3.7). */
const blindSpots: readonly BlindSpot[] = [
  {
    form: /^google_service_account_iam_(member|binding)$/,
    why: "the policies of the accounts were not read: other members and roles added by hand are not seen",
    seenInPolicies: true,
  },
  {
    form: /^google_(?!service_account_iam_).+_iam_member$|^google_bigquery_dataset_access$/,
    why: "it knows of its own member only: other members of the role, and other roles, added by hand are not seen",
  },
  {
    form: /^google_(?!service_account_iam_).+_iam_binding$/,
    why: "it knows of its own role only: other roles given by hand on the same resource are not seen",
  },
  { form: /^google_service_account$/, why: "keys made for it by hand are not seen" },
  {
    form: /^google_service_account_key$/,
    attribute: "private_key",
    why: "Google keeps the public half only: what the key is used for is not seen",
  },
  { form: /^google_secret_manager_secret$/, why: "versions added, disabled or destroyed by hand are not seen" },
  { form: /^google_project_service$/, why: "other services switched on by hand are not seen" },
  {
    form: /^google_iam_workload_identity_pool$/,
    why: "other providers made in the pool by hand, which its principals cannot be told from, are not seen",
  },
  { form: /^google_iam_workforce_pool$/, why: "other providers made in the pool by hand are not seen" },
  {
    form: /^google_iam_workforce_pool_provider$/,
    attribute: "oidc.client_secret",
    why: "Google does not give the secret back, only its thumbprint",
  },
  {
    form: /^azuread_(application|service_principal)_password$/,
    attribute: "value",
    why: "Entra does not give the password back; other passwords made by hand are not seen",
  },
  {
    form: /^azuread_(application|service_principal)_certificate$|^azuread_application_federated_identity_credential$/,
    why: "other credentials of the application made by hand are not seen",
  },
  {
    form: /^azuread_(app_role_assignment|group_member|directory_role_assignment)$/,
    why: "other assignments and members added by hand are not seen",
  },
  {
    form: /^(terraform_data|null_resource)$/,
    why: "it has nothing to read in the cloud: what its deploy-time step did is not seen",
  },
  { form: /^(random|time|tls)_/, why: "it lives in the state only" },
];

/** Blind spots of the objects in the states, by type. */
export function notCovered(
  stacks: readonly Pick<StackPlan, "stack" | "managed" | "accountPoliciesRead">[],
): readonly NotCovered[] {
  const objects = stacks.flatMap(({ stack, managed, accountPoliciesRead }) =>
    managed.map((object) => ({ ...object, stack, accountPoliciesRead })),
  );
  const types = [...new Set(objects.map(({ type }) => type))].sort();
  return types.flatMap((type) =>
    blindSpots
      .filter(({ form }) => form.test(type))
      .map(({ attribute, why, seenInPolicies = false }) => ({
        type,
        ...(attribute === undefined ? {} : { attribute }),
        why,
        resources: objects
          .filter((object) => object.type === type && !(seenInPolicies && object.accountPoliciesRead))
          .map(({ accountPoliciesRead: _, ...object }) => object),
      }))
      .filter(({ resources }) => resources.length > 0),
  );
}
