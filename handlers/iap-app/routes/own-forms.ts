import type { FastifyReply, FastifyRequest } from "fastify";
import type { IapAppConfig } from "../config";
import { formTokenField, isOwnForm } from "../csrf";
import { formFields } from "../form";
import { problemPage } from "../pages/problem";
import { replyPage } from "../reply-page";
import { identityOf } from "../verification";

/** Fields of a form that our own page sent. Undefined where it did not: the refusal has been sent then. */
export type ReadOwnForm = (request: FastifyRequest, reply: FastifyReply) => Record<string, string> | undefined;

export const createFormReader =
  (config: IapAppConfig): ReadOwnForm =>
  (request, reply) => {
    const fields = formFields(request.body);
    if (isOwnForm(request, identityOf(request).principal, fields[formTokenField])) return fields;
    refuseForeignForm(config, request, reply);
    return undefined;
  };

export function refuseForeignForm(config: IapAppConfig, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const message = "The form did not come from this app's own page, or the page was too old. Open it again and retry.";
  return replyPage(reply, problemPage({ config, identity: identityOf(request) }, "Form refused", message), 403);
}
