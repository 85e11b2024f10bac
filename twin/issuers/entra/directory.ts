import { z } from "zod";
import type { Resource } from "../../../analysis";
import { defaultAccessAppRoleId, microsoftGraphOrigin } from "../../../facts/entra";
import { microsoftGraphAppRoles, microsoftGraphClientId } from "../../../facts/microsoft-graph";
import type { ResourceStore } from "../../store/resource-store";

/** An app registration with its service principal in the tenant. */
export interface Application {
  /** `/applications/OBJECTID`, as child resources name it. */
  readonly id: string;
  readonly clientId: string;
  readonly displayName: string;
  readonly accessTokenVersion: 1 | 2;
  readonly groupMembershipClaims: readonly string[];
  readonly servicePrincipal?: ServicePrincipal;
}

export interface ServicePrincipal {
  readonly objectId: string;
  readonly enabled: boolean;
  readonly assignmentRequired: boolean;
}

export interface ApplicationCertificate {
  readonly value: string;
  readonly encoding: "pem" | "base64" | "hex";
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** A token of another issuer that an application may show in place of its own assertion. */
export interface FederatedCredential {
  readonly issuer: string;
  readonly subject: string;
  readonly audiences: readonly string[];
}

export interface ApplicationPassword {
  readonly value: string;
  readonly notAfter?: Date;
}

const date = z
  .string()
  .transform((text) => new Date(text))
  .refine((value) => !Number.isNaN(value.getTime()))
  .nullish();

const registrationValues = z.object({
  id: z.string(),
  client_id: z.string(),
  display_name: z.string(),
  /** The provider's default for this resource is 2. */
  requested_access_token_version: z.union([z.literal(1), z.literal(2)]).nullish(),
  group_membership_claims: z.array(z.string()).nullish(),
});
const servicePrincipalValues = z.object({
  client_id: z.string(),
  object_id: z.string(),
  account_enabled: z.boolean().nullish(),
  app_role_assignment_required: z.boolean().nullish(),
});
const certificateValues = z.object({
  application_id: z.string(),
  value: z.string(),
  encoding: z.enum(["pem", "base64", "hex"]).nullish(),
  start_date: date,
  end_date: date,
});
const passwordValues = z.object({ application_id: z.string(), value: z.string().min(1), end_date: date });
const redirectUrisValues = z.object({
  application_id: z.string(),
  type: z.string(),
  redirect_uris: z.array(z.string()),
});
const federatedCredentialValues = z.object({
  application_id: z.string(),
  issuer: z.string().min(1),
  subject: z.string().min(1),
  audiences: z.array(z.string().min(1)).length(1),
});
const identifierUriValues = z.object({ application_id: z.string(), identifier_uri: z.string() });
const appRoleValues = z.object({ application_id: z.string(), role_id: z.string(), value: z.string().nullish() });
const assignmentValues = z.object({
  app_role_id: z.string(),
  principal_object_id: z.string(),
  resource_object_id: z.string(),
});
const namedClaims = z.union([
  z.array(z.object({ name: z.string() })),
  z.object({ name: z.string() }).transform((claim) => [claim]),
]);
const optionalClaimsValues = z.object({ application_id: z.string(), access_token: namedClaims.nullish() });

/** The tenant's directory as the applied azuread resources of all stacks make it. Read anew at each question. */
export class EntraDirectory {
  readonly #store: ResourceStore;

  constructor(store: ResourceStore) {
    this.#store = store;
  }

  findByClientId(clientId: string): Application | undefined {
    return this.#applications().find((application) => application.clientId === clientId);
  }

  /** By client id or by application ID URI. */
  findResource(identifier: string): Application | undefined {
    if (identifier === microsoftGraphOrigin || identifier === microsoftGraphClientId) return this.#microsoftGraph();
    const uri = this.#read("azuread_application_identifier_uri", identifierUriValues).find(
      (candidate) => candidate.identifier_uri === identifier,
    );
    return this.#applications().find(({ id, clientId }) => clientId === identifier || id === uri?.application_id);
  }

  certificates(application: Application): ApplicationCertificate[] {
    return this.#childrenOf(application, "azuread_application_certificate", certificateValues).map((certificate) => ({
      value: certificate.value,
      encoding: certificate.encoding ?? "pem",
      ...(certificate.start_date ? { notBefore: certificate.start_date } : {}),
      ...(certificate.end_date ? { notAfter: certificate.end_date } : {}),
    }));
  }

  federatedCredentials(application: Application): FederatedCredential[] {
    return this.#childrenOf(
      application,
      "azuread_application_federated_identity_credential",
      federatedCredentialValues,
    );
  }

  passwords(application: Application): ApplicationPassword[] {
    return this.#childrenOf(application, "azuread_application_password", passwordValues).map((password) => ({
      value: password.value,
      ...(password.end_date ? { notAfter: password.end_date } : {}),
    }));
  }

  /** Redirect URIs of the platform "Web". */
  redirectUris(application: Application): string[] {
    return this.#childrenOf(application, "azuread_application_redirect_uris", redirectUrisValues)
      .filter(({ type }) => type === "Web")
      .flatMap((uris) => uris.redirect_uris);
  }

  hasOptionalAccessTokenClaim(application: Application, name: string): boolean {
    return this.#childrenOf(application, "azuread_application_optional_claims", optionalClaimsValues).some((claims) =>
      claims.access_token?.some((claim) => claim.name === name),
    );
  }

  /** Object ids, of people, groups and service principals, that an application's service principal has an assignment for. */
  assignedPrincipals(application: Application): ReadonlySet<string> {
    return new Set(this.#assignments(application).map((assignment) => assignment.principal_object_id));
  }

  /** Values of the app roles that any of the principals has on the application; plain assignment has none. */
  appRoles(application: Application, principals: readonly string[]): string[] {
    const declared = this.#childrenOf(application, "azuread_application_app_role", appRoleValues);
    const values = new Map<string, string | null | undefined>(
      application.clientId === microsoftGraphClientId
        ? Object.entries(microsoftGraphAppRoles).map(([value, id]) => [id, value])
        : declared.map((role) => [role.role_id, role.value]),
    );
    const roles = this.#assignments(application)
      .filter(
        ({ principal_object_id, app_role_id }) =>
          principals.includes(principal_object_id) && app_role_id !== defaultAccessAppRoleId,
      )
      .map(({ app_role_id }) => values.get(app_role_id));
    return [...new Set(roles.filter((value) => typeof value === "string"))].sort();
  }

  /** Microsoft's own application, of which the tenant has a service principal as soon as somebody takes it up. */
  #microsoftGraph(): Application | undefined {
    const principal = this.#read("azuread_service_principal", servicePrincipalValues).find(
      ({ client_id }) => client_id === microsoftGraphClientId,
    );
    if (principal === undefined) return undefined;
    return {
      id: "/applications/microsoft-graph",
      clientId: microsoftGraphClientId,
      displayName: "Microsoft Graph",
      accessTokenVersion: 1,
      groupMembershipClaims: [],
      servicePrincipal: { objectId: principal.object_id, enabled: true, assignmentRequired: false },
    };
  }

  #assignments(application: Application): z.output<typeof assignmentValues>[] {
    const resource = application.servicePrincipal?.objectId;
    return this.#read("azuread_app_role_assignment", assignmentValues).filter(
      ({ resource_object_id }) => resource_object_id === resource,
    );
  }

  #applications(): Application[] {
    const principals = this.#read("azuread_service_principal", servicePrincipalValues);
    return this.#read("azuread_application_registration", registrationValues).map((registration) => {
      const principal = principals.find(({ client_id }) => client_id === registration.client_id);
      return {
        id: registration.id,
        clientId: registration.client_id,
        displayName: registration.display_name,
        accessTokenVersion: registration.requested_access_token_version ?? 2,
        groupMembershipClaims: registration.group_membership_claims ?? [],
        ...(principal === undefined
          ? {}
          : {
              servicePrincipal: {
                objectId: principal.object_id,
                enabled: principal.account_enabled ?? true,
                assignmentRequired: principal.app_role_assignment_required ?? false,
              },
            }),
      };
    });
  }

  #childrenOf<Schema extends z.ZodType<{ application_id: string }>>(
    application: Application,
    type: string,
    schema: Schema,
  ): z.output<Schema>[] {
    return this.#read(type, schema).filter(({ application_id }) => application_id === application.id);
  }

  /** Resources that lack what they must have are not there: an application half read could admit too much. */
  #read<Schema extends z.ZodType>(type: string, schema: Schema): z.output<Schema>[] {
    return this.#store.ofType(type).flatMap((resource: Resource) => {
      const parsed = schema.safeParse(resource.values);
      return parsed.success ? [parsed.data] : [];
    });
  }
}
