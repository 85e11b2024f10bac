import type { FastifyReply } from "fastify";
import type { Html } from "./pages/html";

export const replyPage = (reply: FastifyReply, page: Html, status = 200): FastifyReply =>
  reply.code(status).type("text/html; charset=utf-8").send(page.toString());
