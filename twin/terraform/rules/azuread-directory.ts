import type { StoredResource } from "../../store/resource-store";
import type { RuleContext } from "./resource-rules";

/** The application with a resource id: /applications/OBJECT_ID. All stacks share one tenant. */
export function findApplication(id: string, { store }: RuleContext): StoredResource | undefined {
  return store.find("azuread_application_registration", ({ identity }) => identity === id);
}

export function findApplicationByClientId(clientId: string, { store }: RuleContext): StoredResource | undefined {
  return store.find("azuread_application_registration", ({ values }) => values["client_id"] === clientId);
}

export function findServicePrincipal(objectId: string, { store }: RuleContext): StoredResource | undefined {
  return store.find("azuread_service_principal", ({ values }) => values["object_id"] === objectId);
}
