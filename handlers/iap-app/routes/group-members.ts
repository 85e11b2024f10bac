import type { FastifyReply, FastifyRequest } from "fastify";
import { directoryProblems } from "../directory";
import { membershipPage, noGroupPage } from "../pages/membership";
import type { Person } from "../person";
import { replyPage } from "../reply-page";
import { identityOf } from "../verification";
import type { RouteSurroundings } from "./surroundings";

/** The person of a request, where their groups are known and there is one. Undefined: the answer has been sent. */
export type RequireMember = (request: FastifyRequest, reply: FastifyReply) => Promise<Person | undefined>;

/** For apps whose rows belong to groups: without a group, or without knowledge of it, nothing is shown. */
export function createMemberCheck({ config, findPerson }: RouteSurroundings): RequireMember {
  return async (request, reply) => {
    const identity = identityOf(request);
    const context = { config, identity };
    const answer = (await findPerson?.(identity)) ?? { ok: false, problem: "directory_unavailable" };
    if (answer.ok && answer.person.groups.length > 0) return answer.person;
    if (answer.ok) {
      replyPage(reply, noGroupPage(context), 403);
      return undefined;
    }
    const { status } = directoryProblems[answer.problem];
    if (status === 503) reply.header("retry-after", String(answer.retryAfterSeconds ?? 10));
    replyPage(reply, membershipPage(context, answer.problem), status);
    return undefined;
  };
}
