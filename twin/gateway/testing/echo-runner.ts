import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import type { ServiceCall, ServiceReference, ServiceRunner } from "../collaborators";

/** What a service behind the gateway was given. */
export const echoSchema = z.object({
  service: z.string(),
  ingress: z.string(),
  invoker: z.string(),
  url: z.string(),
  headers: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  distinct: z.record(z.string(), z.array(z.string())),
  raw: z.array(z.string()),
  body: z.string(),
});

export type Echo = z.output<typeof echoSchema>;

/** A runner whose every service answers with the request as it arrived, in all views that Node gives of its headers. */
export class EchoRunner implements ServiceRunner {
  readonly calls: { readonly service: ServiceReference; readonly call: ServiceCall }[] = [];

  async request(
    service: ServiceReference,
    request: IncomingMessage,
    response: ServerResponse,
    call: ServiceCall,
  ): Promise<void> {
    this.calls.push({ service, call });
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const echo = JSON.stringify({
      service: `${service.stack}/${service.name}`,
      ingress: call.ingress,
      invoker: call.invoker === "none" ? "none" : call.invoker.email,
      url: request.url,
      headers: request.headers,
      distinct: request.headersDistinct,
      raw: request.rawHeaders,
      body,
    });
    // As a proxy does: the backend's own headers as a raw list, with a value that the load balancer overrides.
    response.writeHead(200, "OK", [
      "Content-Type",
      "application/json",
      "Strict-Transport-Security",
      "max-age=0",
      "Set-Cookie",
      "a=1",
      "Set-Cookie",
      "b=2",
    ]);
    response.end(echo);
  }
}
