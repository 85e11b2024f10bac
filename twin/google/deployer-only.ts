import { googleApiErrors } from "../../facts/token-exchange";
import { type ApiCall, type ApiMethod, GoogleApiFailure } from "./api";
import { carriesToken } from "./bearer";
import type { GoogleServices } from "./services";

/** A method of an administration interface: it takes the deployer's token and no other, and every call is on record. */
export function deployerOnly(
  services: GoogleServices,
  by: string,
  verb: ApiMethod["verb"],
  path: RegExp,
  handle: (call: ApiCall) => Promise<unknown>,
): ApiMethod {
  return {
    verb,
    path,
    async handle(call) {
      const request = `${verb} ${new URL(call.request.url ?? "/", "http://host").pathname}`;
      try {
        if (!carriesToken(call.request, services.deployerToken))
          throw new GoogleApiFailure(googleApiErrors.unauthenticated());
        const answer = await handle(call);
        services.decisions.record({ by, request, outcome: "allowed", reason: "The deployer asked." });
        return answer;
      } catch (error) {
        if (error instanceof GoogleApiFailure) {
          services.decisions.record({ by, request, outcome: "refused", reason: error.apiError.message });
        }
        throw error;
      }
    },
  };
}
