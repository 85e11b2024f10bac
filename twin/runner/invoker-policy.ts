import { type AccessModel, buildAccessModel, evaluateAccess } from "../../analysis";
import type { ResourceStore } from "../store/resource-store";
import type { CloudRunService } from "./service-resource";

/** Permission to send requests to a service; roles/run.invoker holds it. */
const invokePermission = "run.routes.invoke";

export interface InvocationDecision {
  readonly allowed: boolean;
  readonly reason: string;
  readonly explanation: string;
}

/** Who may invoke a service: Cloud Run's IAM check, decided by the access analysis on what is applied at the moment. */
export class InvokerPolicy {
  readonly #store: ResourceStore;
  #model: { readonly version: number; readonly model: AccessModel } | undefined;

  constructor(store: ResourceStore) {
    this.#store = store;
  }

  mayInvoke(service: CloudRunService, invoker: { readonly email: string } | "none"): InvocationDecision {
    if (service.invokerIamDisabled) {
      return {
        allowed: true,
        reason: "Invoker IAM check disabled",
        explanation: "The service asks no identity of its caller; ingress and the handler decide.",
      };
    }
    if (invoker === "none") {
      const reason =
        "The request was not authenticated. Either allow unauthenticated invocations or set the proper Authorization header.";
      return {
        allowed: false,
        reason,
        explanation: "The caller showed no identity, and the service lets in known invokers only.",
      };
    }
    const { project, location, name } = service;
    const decision = evaluateAccess(
      this.#currentModel(),
      { kind: "service-account", email: invoker.email },
      invokePermission,
      { kind: "cloud-run-service", project, location, name },
      new Date(),
    );
    return decision.allowed
      ? {
          allowed: true,
          reason: `${decision.through.role} for ${decision.through.member}`,
          explanation: decision.explanation,
        }
      : { allowed: false, reason: decision.error.message, explanation: decision.explanation };
  }

  #currentModel(): AccessModel {
    const { version } = this.#store;
    if (this.#model?.version !== version) {
      this.#model = { version, model: buildAccessModel(this.#store.all()) };
    }
    return this.#model.model;
  }
}
