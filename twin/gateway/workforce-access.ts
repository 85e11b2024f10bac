import { type AccessModel, evaluateAccess, evaluateExchange } from "../../analysis";
import type { WorkforceAccess } from "./collaborators";

const accessViaIap = "iap.webServiceVersions.accessViaIAP";

/** Decides by the access analysis. `accessModel` gives the model of what is applied right now. */
export function createWorkforceAccess(accessModel: () => AccessModel): WorkforceAccess {
  return {
    admit: (provider, credential) =>
      evaluateExchange(accessModel(), `//iam.googleapis.com/${provider}`, { kind: "oidc", ...credential }),
    mayOpen: (identity, { project, name, host, path }) =>
      evaluateAccess(
        accessModel(),
        identity,
        accessViaIap,
        { kind: "iap-backend-service", project, backendService: name, host, path },
        new Date(),
      ),
  };
}
